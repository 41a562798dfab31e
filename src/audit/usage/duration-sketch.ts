/** How much one bucket reaches further than the one before: what is told of a duration is within 1 %. */
const GROWTH = 1.02;
const LOG_GROWTH = Math.log(GROWTH);
/** Shorter ones are taken for this, milliseconds. */
const SHORTEST_MS = 0.001;
/** Longer ones are taken for this, milliseconds: a year. */
const LONGEST_MS = 31_536_000_000;

/** What the durations come to, milliseconds. */
export interface Durations {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** Counts durations in buckets that grow with them (as DDSketch does): memory is bounded by how far they are apart. */
export class DurationSketch {
  readonly #buckets = new Map<number, number>();
  #count = 0;
  #max = 0;

  /** `ms` of anything but a number is not counted. */
  add(ms: unknown): void {
    if (typeof ms !== 'number' || !Number.isFinite(ms)) return;
    const within = Math.min(Math.max(ms, SHORTEST_MS), LONGEST_MS);
    const bucket = Math.ceil(Math.log(within) / LOG_GROWTH);
    this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + 1);
    this.#count++;
    this.#max = Math.max(this.#max, within);
  }

  /** What they come to; `undefined` without any. */
  summary(): Durations | undefined {
    if (this.#count === 0) return undefined;
    const sorted = [...this.#buckets].toSorted(([one], [other]) => one - other);
    const at = (share: number): number => Math.min(rounded(valueAt(sorted, Math.ceil(share * this.#count))), this.#max);
    return { count: this.#count, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: this.#max };
  }
}

/** The middle of the bucket that the `rank`-th smallest (from 1) is in. */
function valueAt(sorted: readonly (readonly [bucket: number, count: number])[], rank: number): number {
  let seen = 0;
  for (const [bucket, count] of sorted) {
    seen += count;
    if (seen >= rank) return (2 * GROWTH ** bucket) / (GROWTH + 1);
  }
  return LONGEST_MS;
}

function rounded(ms: number): number {
  return Number(ms.toPrecision(4));
}
