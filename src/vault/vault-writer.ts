import { mkdirSync, statSync } from 'node:fs';
import { messageOf } from '../kit/cause.ts';
import { Lru } from '../kit/lru.ts';
import { addCounts, countPayloads, type KeptPayload, NO_PAYLOADS, type PayloadCounts } from './kept-payload.ts';
import type { Kek } from './kek.ts';
import { type HeldKey, KeyTable, subjectTag } from './key-table.ts';
import { KeyUsedUpError, KeyUses, type KeyWear } from './key-uses.ts';
import { readShreds, shredsVersion } from './shreds.ts';
import { VaultError } from './vault-error.ts';
import type { VaultPlaces } from './vault-places.ts';
import { type NewEntry, VaultSegment } from './vault-segment.ts';

export interface VaultWriterOptions {
  readonly places: VaultPlaces;
  readonly keks: readonly [Kek, ...Kek[]];
  readonly segmentBytes: number;
  readonly segmentPayloads: number;
  readonly segmentAgeMs: number;
  readonly subjectKeyDays: number;
  readonly maxKeyUses: number;
  readonly nowMs: () => number;
  /** Writes some bytes of a segment. A parameter so that tests can have a disk that fails. */
  readonly write?: (fd: number, bytes: Uint8Array) => number;
}

/** What came of a batch. */
export interface VaultNews {
  readonly kept: PayloadCounts;
  readonly lost: PayloadCounts;
  /** Why nothing can be kept now; absent while all is well. */
  readonly failing?: { readonly why: string; readonly isKeyUsedUp: boolean };
  readonly wear: KeyWear;
}

/** Keys of subjects that are held at once. */
const MAX_HELD_KEYS = 4096;
const DAY_MS = 86_400_000;
/** While it fails, how often it is tried again, milliseconds. */
const RETRY_MS = 1000;

/**
 * Writes payloads into segments, each with a key of its own, and makes the keys of their subjects.
 *
 * What cannot be written is counted, and the next segment begins with how much that was. Synchronous: for a thread of its own.
 */
export class VaultWriter {
  readonly #options: VaultWriterOptions;
  readonly #keys: KeyTable;
  readonly #uses: KeyUses;
  readonly #held = new Lru<string, HeldKey & { readonly name: string }>(MAX_HELD_KEYS);
  #segment: VaultSegment | undefined;
  #shreds = '';
  /** Ids of keys that were deleted. */
  #gone: ReadonlySet<string> = new Set();
  #lost: PayloadCounts = NO_PAYLOADS;
  #lostSinceMs = 0;
  #lostWhy = '';
  #failing: (NonNullable<VaultNews['failing']> & { readonly atMs: number }) | undefined;

  /** @throws VaultError when others could use the directory; what the file system said. */
  constructor(options: VaultWriterOptions) {
    this.#options = options;
    const { places, keks, maxKeyUses } = options;
    mkdirSync(places.directory, { recursive: true, mode: 0o700 });
    refuseOpenToOthers(places.directory);
    this.#uses = new KeyUses(places.uses, keks[0].id, maxKeyUses);
    this.#keys = new KeyTable({ places, keks, uses: this.#uses });
  }

  /** Writes all of a batch or counts it, with what was lost before it came here. Never throws. */
  write(batch: readonly KeptPayload[], lostBefore: PayloadCounts = NO_PAYLOADS): VaultNews {
    this.#lose(lostBefore, 'too much was waiting to be written');
    let written = 0;
    this.#attempt(() => {
      this.#tidy();
      while (written < batch.length) written += this.#append(batch.slice(written));
    });
    const lost = countPayloads(batch.slice(written));
    this.#lose(lost, this.#failing?.why ?? '');
    const { why, isKeyUsedUp = false } = this.#failing ?? {};
    return {
      kept: countPayloads(batch.slice(0, written)),
      lost: addCounts(lost, lostBefore),
      ...(why === undefined ? {} : { failing: { why, isKeyUsedUp } }),
      wear: this.#uses.wear,
    };
  }

  /** Ends the segment that is written to. Never throws. */
  close(): void {
    this.#attempt(() => {
      if (this.#hasLost()) this.#openSegment();
      this.#endSegment();
    });
  }

  /** What is to be done also when nothing came. */
  #tidy(): void {
    this.#forgetShredded();
    if (this.#segment !== undefined && this.#isFull(this.#segment)) this.#endSegment();
    if (this.#hasLost()) this.#openSegment();
  }

  /** @returns how many of them were written: those that fit into one segment. */
  #append(batch: readonly KeptPayload[]): number {
    const nowMs = this.#options.nowMs();
    const segment = this.#openSegment();
    const part = batch.slice(0, Math.max(1, this.#options.segmentPayloads - segment.count));
    segment.append(part.map((payload) => this.#entryOf(payload, nowMs)));
    return part.length;
  }

  #entryOf(payload: KeptPayload, nowMs: number): NewEntry {
    const { kind, decisionId, server, tool, salt, bytes, totalBytes, kept, omitted } = payload;
    const subject = this.#subjectKey(payload, nowMs);
    const time = new Date(nowMs).toISOString();
    const named = { decision_id: decisionId, key: subject.id, server, tool };
    return { head: { kind, ...named, bytes: totalBytes, kept, omitted, time }, subject, parts: [salt, bytes] };
  }

  #subjectKey({ issuer, subject }: KeptPayload, nowMs: number): HeldKey {
    const lengthMs = this.#options.subjectKeyDays * DAY_MS;
    const begin = new Date(Math.floor(nowMs / lengthMs) * lengthMs);
    const period = begin.toISOString().slice(0, 10).replaceAll('-', '');
    const name = `${subjectTag({ issuer, subject })} ${period}`;
    const held = this.#held.get(name);
    if (held !== undefined) return held;
    const found = { name, ...this.#keys.forSubject({ issuer, subject }, period, this.#gone) };
    this.#held.set(name, found);
    return found;
  }

  #openSegment(): VaultSegment {
    if (this.#segment !== undefined && this.#isFull(this.#segment)) this.#endSegment();
    const segment = this.#segment ?? this.#newSegment();
    this.#segment = segment;
    this.#tellLost(segment);
    return segment;
  }

  #newSegment(): VaultSegment {
    const { places, nowMs, write } = this.#options;
    return new VaultSegment({
      directory: places.directory,
      key: this.#keys.forSegment(),
      nowMs: nowMs(),
      ...(write === undefined ? {} : { write }),
    });
  }

  #isFull({ size, count, openedMs }: VaultSegment): boolean {
    const { segmentBytes, segmentPayloads, segmentAgeMs, nowMs } = this.#options;
    return size >= segmentBytes || count >= segmentPayloads || nowMs() - openedMs >= segmentAgeMs;
  }

  #endSegment(): void {
    const segment = this.#segment;
    this.#segment = undefined;
    segment?.close(this.#options.nowMs());
  }

  #tellLost(segment: VaultSegment): void {
    if (!this.#hasLost()) return;
    const [since, until] = [this.#lostSinceMs, this.#options.nowMs()].map((ms) => new Date(ms).toISOString());
    const told = { lost: this.#lost, since: since ?? '', until: until ?? '', why: this.#lostWhy.slice(0, 500) };
    segment.append([{ head: { kind: 'gap', ...told }, parts: [] }]);
    this.#lost = NO_PAYLOADS;
  }

  /** Whether it was done. While it fails it is not tried at each batch: every new segment uses the key. */
  #attempt(work: () => void): boolean {
    const { nowMs } = this.#options;
    if (this.#failing !== undefined && nowMs() - this.#failing.atMs < RETRY_MS) return false;
    try {
      work();
      this.#failing = undefined;
      return true;
    } catch (cause) {
      // One that a write failed in is given up. Another reason, such as a key that could not be made, leaves it as it is.
      if (this.#segment?.isClosed === true) this.#segment = undefined;
      this.#failing = { why: messageOf(cause), isKeyUsedUp: cause instanceof KeyUsedUpError, atMs: nowMs() };
      return false;
    }
  }

  #lose(counts: PayloadCounts, why: string): void {
    if (counts.arguments + counts.reply === 0) return;
    if (!this.#hasLost()) this.#lostSinceMs = this.#options.nowMs();
    this.#lostWhy = why;
    this.#lost = addCounts(this.#lost, counts);
  }

  #hasLost(): boolean {
    return this.#lost.arguments + this.#lost.reply > 0;
  }

  /** A key that was deleted is not used for anything that comes after. */
  #forgetShredded(): void {
    const version = shredsVersion(this.#options.places);
    if (version === this.#shreds) return;
    const gone = new Set(readShreds(this.#options.places).flatMap(({ keys }) => keys));
    for (const { id, key, name } of [...this.#held.values()].filter((held) => gone.has(held.id))) {
      key.fill(0);
      this.#held.delete(name);
      this.#segment?.forget(id);
    }
    this.#gone = gone;
    this.#shreds = version;
  }
}

function refuseOpenToOthers(directory: string): void {
  const mode = statSync(directory).mode & 0o777;
  if (process.platform === 'win32' || (mode & 0o077) === 0) return;
  throw new VaultError(`${directory} has mode ${mode.toString(8)}: others could use it. Set it to 0700.`);
}
