import type { Kek } from './kek.ts';
import { type FoundKey, openStored, segmentKeyPath, subjectKeyFiles } from './key-table.ts';
import { contentKey } from './payload-cipher.ts';
import { readShreds } from './shreds.ts';
import { readKeyFile } from './store-key.ts';
import type { VaultPlaces } from './vault-places.ts';

/** What a payload is decrypted with, or why that cannot be had. `shredded`: its subject's key was deleted, as is noted. */
export type ContentKey = FoundKey | { readonly kind: 'shredded' };

const SHREDDED: ContentKey = { kind: 'shredded' };

/** The keys of a vault, for who reads it. Looks each up once. */
export class VaultKeys {
  readonly #places: VaultPlaces;
  readonly #keks: readonly Kek[];
  readonly #subjects: ReadonlyMap<string, string>;
  readonly #shredded: ReadonlySet<string>;
  readonly #found = new Map<string, ContentKey>();

  /** @throws VaultError when what was deleted cannot be read; what the file system said. */
  constructor(places: VaultPlaces, keks: readonly Kek[]) {
    this.#places = places;
    this.#keks = keks;
    this.#subjects = new Map(subjectKeyFiles(places).map(({ id, path }) => [id, path]));
    this.#shredded = new Set(readShreds(places).flatMap(({ keys }) => keys));
  }

  /** The key for what `segment` holds of the subject with that key; of none, without one. */
  contentKey(segment: string, subjectKey?: string): ContentKey {
    const name = `${segment} ${subjectKey ?? ''}`;
    const found = this.#found.get(name) ?? this.#derive(segment, subjectKey);
    this.#found.set(name, found);
    return found;
  }

  #derive(segment: string, subjectId: string | undefined): ContentKey {
    const own = this.#stored(segmentKeyPath(this.#places, segment), segment);
    if (own.kind !== 'key') return own;
    if (subjectId === undefined) return { kind: 'key', key: contentKey(segment, own.key) };
    // Also when its file is there again: somebody has restored it.
    if (this.#shredded.has(subjectId)) return SHREDDED;
    const subject = this.#stored(this.#subjects.get(subjectId), subjectId);
    return subject.kind === 'key' ? { kind: 'key', key: contentKey(segment, own.key, subject.key) } : subject;
  }

  #stored(path: string | undefined, id: string): FoundKey {
    const stored = path === undefined ? undefined : readKeyFile(path);
    if (stored === undefined) return { kind: 'gone' };
    return stored === 'damaged' || stored.id !== id ? { kind: 'changed' } : openStored(stored, this.#keks);
  }
}
