import { isoTime } from './iso-time.ts';
import type { RefusalCount, RefusalsData } from './record-shape.ts';

/** Pairs of caller and reason that are counted apart. Beyond them only the reason is. */
const MAX_PAIRS = 64;

/** Refusals that are not written one by one, counted by caller and reason. Memory is bounded whatever callers there are. */
export class RefusalCounts {
  #counts = new Map<string, { readonly caller: string | undefined; readonly reason: string; count: number }>();
  #sinceMs = 0;

  /** Counts a refusal. `caller` is a principal; `reason` one of the table. */
  add(caller: string | undefined, reason: string, nowMs: number): void {
    if (this.#counts.size === 0) this.#sinceMs = nowMs;
    const key = JSON.stringify([caller, reason]);
    const isKnown = this.#counts.has(key) || this.#counts.size < MAX_PAIRS;
    const [kept, name] = isKnown ? [key, caller] : [JSON.stringify([reason]), undefined];
    const entry = this.#counts.get(kept) ?? { caller: name, reason, count: 0 };
    entry.count++;
    this.#counts.set(kept, entry);
  }

  /** What was counted since the last time; `undefined` when nothing was. */
  take(nowMs: number): RefusalsData | undefined {
    if (this.#counts.size === 0) return undefined;
    const counts = [...this.#counts.values()].map(
      ({ caller, count, reason }): RefusalCount =>
        caller === undefined ? { count, reason } : { caller, count, reason },
    );
    this.#counts = new Map();
    return { counts, since: isoTime(this.#sinceMs), until: isoTime(nowMs) };
  }
}
