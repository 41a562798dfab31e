import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '../kit/cause.ts';
import { sha256Hex } from '../kit/digest.ts';
import type { Kek } from './kek.ts';
import type { KeyUses } from './key-uses.ts';
import { boundTo, readKeyFile, type StoredKey, writeKeyFile } from './store-key.ts';
import type { VaultPlaces } from './vault-places.ts';
import { type Unwrapped, unwrapKey, wrapKey } from './wrap-key.ts';

/** Whose payload it is: what can be made unreadable together. */
export interface Subject {
  /** Who vouches for the name; empty for a caller without a token. */
  readonly issuer: string;
  /** `sub` of the token; the SPIFFE id, or `anonymous`, of a caller without one. */
  readonly subject: string;
}

/** A key that is in use. */
export interface HeldKey {
  readonly id: string;
  readonly key: Buffer;
}

export interface KeyTableOptions {
  readonly places: VaultPlaces;
  /** The one that new keys are wrapped with first. */
  readonly keks: readonly [Kek, ...Kek[]];
  readonly uses: KeyUses;
}

/** An opened key, or why it cannot be had. */
export type FoundKey = Unwrapped | { readonly kind: 'gone' };

const GONE: FoundKey = { kind: 'gone' };
const KEY_FILE = /^([0-9a-f]{32})\.(\d{8})\.([0-9a-f]{32})\.json$/;

/** The name of a subject that says nothing of it to who does not know it. 32 hex digits. */
export function subjectTag({ issuer, subject }: Subject): string {
  return sha256Hex(JSON.stringify([issuer, subject])).slice(0, 32);
}

/** Makes keys and stores them, wrapped. */
export class KeyTable {
  readonly #options: KeyTableOptions;

  constructor(options: KeyTableOptions) {
    this.#options = options;
  }

  /** A new key for a new segment, on the disk before it is used. @throws KeyUsedUpError; what the file system said. */
  forSegment(): HeldKey {
    const id = randomBytes(16).toString('hex');
    return this.#make(segmentKeyPath(this.#options.places, id), { kind: 'SegmentKey', id });
  }

  /**
   * The key of a subject in a period (eight digits), a new one when there is none that can be used, or it was deleted.
   *
   * @throws as above.
   */
  forSubject(subject: Subject, period: string, gone: ReadonlySet<string>): HeldKey {
    const { places, keks } = this.#options;
    const tag = subjectTag(subject);
    for (const { id, path } of subjectKeyFiles(places, tag).filter(
      (file) => file.period === period && !gone.has(file.id),
    )) {
      const found = openKeyAt(path, keks);
      if (found.kind === 'key') return { id, key: found.key };
    }
    const id = randomBytes(16).toString('hex');
    const path = join(places.subjectKeys, tag.slice(0, 2), `${tag}.${period}.${id}.json`);
    return this.#make(path, { kind: 'SubjectKey', id, ...subject, period });
  }

  #make(path: string, name: Parameters<typeof boundTo>[0]): HeldKey {
    const { keks, uses } = this.#options;
    uses.take();
    const key = randomBytes(32);
    const { kek, nonce, wrapped } = wrapKey(keks[0], key, boundTo(name));
    writeKeyFile(path, { ...name, kek, nonce, wrapped });
    return { id: name.id, key };
  }
}

export function segmentKeyPath(places: VaultPlaces, id: string): string {
  return join(places.segmentKeys, `${id}.json`);
}

/** The key that is stored there. @throws what the file system said. */
export function openKeyAt(path: string, keks: readonly Kek[]): FoundKey {
  const stored = readKeyFile(path);
  if (stored === undefined) return GONE;
  if (stored === 'damaged') return { kind: 'changed' };
  return openStored(stored, keks);
}

export function openStored(stored: StoredKey, keks: readonly Kek[]): Unwrapped {
  return unwrapKey(keks, stored, boundTo(stored));
}

export interface SubjectKeyFile {
  readonly id: string;
  readonly tag: string;
  readonly period: string;
  readonly path: string;
}

/** The key files of a subject, or of all. @throws what the file system said. */
export function subjectKeyFiles(places: VaultPlaces, tag?: string): readonly SubjectKeyFile[] {
  const shards = tag === undefined ? namesIn(places.subjectKeys) : [tag.slice(0, 2)];
  return shards.flatMap((shard) => {
    const directory = join(places.subjectKeys, shard);
    return namesIn(directory).flatMap((name) => {
      const [, own = '', period = '', id = ''] = KEY_FILE.exec(name) ?? [];
      const isWanted = own !== '' && (tag === undefined || own === tag);
      return isWanted ? [{ id, tag: own, period, path: join(directory, name) }] : [];
    });
  });
}

/** The key files of all segments. @throws what the file system said. */
export function segmentKeyFiles(places: VaultPlaces): readonly string[] {
  return namesIn(places.segmentKeys)
    .filter((name) => /^[0-9a-f]{32}\.json$/.test(name))
    .map((name) => join(places.segmentKeys, name));
}

/** The names in a directory, in order; none where there is no directory. */
export function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory).toSorted();
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return [];
    throw cause;
  }
}
