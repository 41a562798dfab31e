import type { Clock } from '../../kit/clock.ts';
import type { LimitSpec, LimitStore, Taking } from '../../stages/limit/limit-store.ts';
import { type BucketLevel, fullBucket, isFull, moved, refilled, waitMs } from './token-bucket.ts';

/** A bucket with the limit it belongs to, which eviction needs. */
interface Held {
  readonly limit: LimitSpec;
  readonly bucket: BucketLevel;
}

/**
 * Token buckets of this process: at most `capacity` of them, the one used longest ago leaves first.
 *
 * A flood of callers cannot win tokens by pushing buckets out. Of all buckets of one limit that left, the store keeps
 * the lowest level, refilled as time passes; a key that is not held starts there instead of full. So each key gets at
 * most burst + refill × elapsed, whatever was evicted; under a flood newcomers may get less, never more.
 *
 * A refused take writes nothing. Not shared: with several processes each has its own buckets.
 */
export class MemoryTokenBuckets implements LimitStore {
  readonly #held = new Map<string, Held>();
  readonly #lowestEvicted = new Map<string, Held>();
  readonly #capacity: number;
  readonly #clock: Pick<Clock, 'monotonicMs'>;

  /** `capacity` buckets, ≥ 1. */
  constructor(capacity: number, clock: Pick<Clock, 'monotonicMs'>) {
    if (!Number.isInteger(capacity) || capacity < 1) throw new RangeError(`capacity must be ≥ 1, not ${capacity}`);
    this.#capacity = capacity;
    this.#clock = clock;
  }

  /** Buckets held now. */
  get size(): number {
    return this.#held.size;
  }

  takeAll(limits: readonly LimitSpec[]): Taking {
    const nowMs = Math.floor(this.#clock.monotonicMs());
    const buckets = limits.map((limit) => this.#now(limit, nowMs));
    const short = longestWait(limits, buckets, nowMs);
    if (short !== undefined) return short;
    const left = buckets.map((bucket, index) => this.#move(limits[index], bucket, -1));
    return { kind: 'taken', remaining: left };
  }

  giveBack(limits: readonly LimitSpec[]): void {
    const nowMs = Math.floor(this.#clock.monotonicMs());
    for (const limit of limits) this.#move(limit, this.#now(limit, nowMs), 1);
  }

  /** The bucket as it is at `nowMs`; nothing is written. */
  #now(limit: LimitSpec, nowMs: number): BucketLevel {
    const known = this.#held.get(limit.key) ?? this.#lowestEvicted.get(limit.name);
    return known === undefined ? fullBucket(limit, nowMs) : refilled(known.bucket, limit, nowMs);
  }

  /** Writes the bucket with `cost` added (1) or taken (-1); returns whole tokens left. */
  #move(limit: LimitSpec | undefined, bucket: BucketLevel, sign: 1 | -1): number {
    if (limit === undefined) return 0;
    const after = moved(bucket, limit, sign * limit.cost);
    this.#held.delete(limit.key);
    this.#held.set(limit.key, { limit, bucket: after });
    if (this.#held.size > this.#capacity) this.#evictOldest(after.atMs);
    return Math.floor(after.level / limit.periodMs);
  }

  #evictOldest(nowMs: number): void {
    const oldest = this.#held.entries().next();
    if (oldest.done) return;
    const [key, { limit, bucket }] = oldest.value;
    this.#held.delete(key);
    const leaving = refilled(bucket, limit, nowMs);
    const known = this.#lowestEvicted.get(limit.name);
    const lowest = known === undefined ? undefined : refilled(known.bucket, limit, nowMs);
    if (lowest !== undefined && lowest.level <= leaving.level) return;
    if (!isFull(leaving, limit)) this.#lowestEvicted.set(limit.name, { limit, bucket: leaving });
  }
}

/** The limit to wait longest for, or `undefined` when every bucket has enough. */
function longestWait(limits: readonly LimitSpec[], buckets: readonly BucketLevel[], nowMs: number): Taking | undefined {
  let longest: Extract<Taking, { kind: 'short' }> | undefined;
  for (const [index, limit] of limits.entries()) {
    const bucket = buckets[index];
    const retryAfterMs = bucket === undefined ? Infinity : waitMs(bucket, limit, limit.cost, nowMs);
    if (retryAfterMs > (longest?.retryAfterMs ?? 0)) longest = { kind: 'short', limit, retryAfterMs };
  }
  return longest;
}
