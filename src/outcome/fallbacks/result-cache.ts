import type { ResultParts } from './kept-result.ts';

export interface ResultCacheLimits {
  readonly maxEntries: number;
  /** Over all texts, as UTF-16 has them. */
  readonly maxBytes: number;
  /** The same for what one caller's calls brought in: nobody can push out all that others have. */
  readonly maxEntriesPerCaller: number;
  readonly maxBytesPerCaller: number;
}

/** A result that was kept. */
export interface KeptResult {
  readonly parts: ResultParts;
  /** Monotonic time at which it came, milliseconds. */
  readonly keptMs: number;
}

interface Entry extends KeptResult {
  readonly caller: string;
  readonly bytes: number;
}

interface Tally {
  entries: number;
  bytes: number;
}

/**
 * The last results of calls, within bounds: what came first goes first, of one caller and of all together.
 *
 * It does not know whom a result is for: that must be in the key.
 */
export class ResultCache {
  readonly #limits: ResultCacheLimits;
  /** In the order in which they came. */
  readonly #entries = new Map<string, Entry>();
  readonly #callers = new Map<string, Tally>();
  #bytes = 0;

  constructor(limits: ResultCacheLimits) {
    this.#limits = limits;
  }

  /** Results that are kept now, and their bytes. */
  get size(): { readonly entries: number; readonly bytes: number } {
    return { entries: this.#entries.size, bytes: this.#bytes };
  }

  get(key: string): KeptResult | undefined {
    return this.#entries.get(key);
  }

  /** Keeps a result in place of the one that is there; one that is too large by itself only takes that away. */
  put(key: string, caller: string, { parts, keptMs }: KeptResult): void {
    this.#drop(key);
    const { maxBytes, maxBytesPerCaller } = this.#limits;
    const bytes = 2 * (key.length + caller.length + parts.before.length + parts.after.length);
    if (bytes > Math.min(maxBytes, maxBytesPerCaller)) return;
    this.#entries.set(key, { parts, keptMs, caller, bytes });
    this.#count(caller, 1, bytes);
    while (this.#isOver(caller)) this.#dropFirst((entry) => entry.caller === caller);
    while (this.#isFull()) this.#dropFirst(() => true);
  }

  #isOver(caller: string): boolean {
    const { entries, bytes } = this.#callers.get(caller) ?? { entries: 0, bytes: 0 };
    return entries > this.#limits.maxEntriesPerCaller || bytes > this.#limits.maxBytesPerCaller;
  }

  #isFull(): boolean {
    return this.#entries.size > this.#limits.maxEntries || this.#bytes > this.#limits.maxBytes;
  }

  #dropFirst(isMeant: (entry: Entry) => boolean): void {
    for (const [key, entry] of this.#entries) if (isMeant(entry)) return this.#drop(key);
  }

  #drop(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#count(entry.caller, -1, -entry.bytes);
  }

  #count(caller: string, entries: number, bytes: number): void {
    const tally = this.#callers.get(caller) ?? { entries: 0, bytes: 0 };
    tally.entries += entries;
    tally.bytes += bytes;
    this.#bytes += bytes;
    if (tally.entries === 0) this.#callers.delete(caller);
    else this.#callers.set(caller, tally);
  }
}
