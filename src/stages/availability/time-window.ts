import type { CallMark, CallWindow, Tally } from './call-window.ts';

const SECOND_MS = 1000;

interface Bucket {
  calls: number;
  failed: number;
  slow: number;
}

/**
 * The calls of the last `seconds` seconds, in buckets of one: a call leaves between `seconds` − 1 and `seconds` seconds after
 * it ended. The clock must be monotonic; one that stands still or steps back moves nothing.
 */
export class TimeWindow implements CallWindow {
  readonly #buckets: readonly Bucket[];
  readonly #total: Bucket = { calls: 0, failed: 0, slow: 0 };
  #second: number;

  /** `seconds` ≥ 1, beginning at `nowMs`. */
  constructor(seconds: number, nowMs: number) {
    this.#buckets = Array.from({ length: seconds }, () => ({ calls: 0, failed: 0, slow: 0 }));
    this.#second = Math.floor(nowMs / SECOND_MS);
  }

  record({ failed, slow }: CallMark, nowMs: number): void {
    this.#moveTo(nowMs);
    for (const counted of [this.#total, this.#bucketOf(this.#second)]) {
      counted.calls += 1;
      if (failed) counted.failed += 1;
      if (slow) counted.slow += 1;
    }
  }

  tally(nowMs: number): Tally {
    this.#moveTo(nowMs);
    return { ...this.#total };
  }

  #moveTo(nowMs: number): void {
    const second = Math.floor(nowMs / SECOND_MS);
    const oldest = Math.max(this.#second, second - this.#buckets.length);
    for (let entered = oldest + 1; entered <= second; entered++) this.#empty(this.#bucketOf(entered));
    this.#second = Math.max(this.#second, second);
  }

  #empty(bucket: Bucket): void {
    this.#total.calls -= bucket.calls;
    this.#total.failed -= bucket.failed;
    this.#total.slow -= bucket.slow;
    Object.assign(bucket, { calls: 0, failed: 0, slow: 0 });
  }

  #bucketOf(second: number): Bucket {
    const bucket = this.#buckets[second % this.#buckets.length];
    if (bucket === undefined) throw new RangeError('a window has at least one second');
    return bucket;
  }
}
