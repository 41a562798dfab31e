import type { Clock } from '../../kit/clock.ts';
import type { LimitSpec, LimitStore, Taking } from '../../stages/limit/limit-store.ts';
import {
  type BucketLevels,
  emptiest,
  fullLevels,
  isFull,
  moved,
  refilled,
  tokensLeft,
  waitMs,
} from './token-bucket.ts';

/** The buckets of a scope with the limit they belong to, which eviction needs. */
interface Held {
  readonly limit: LimitSpec;
  readonly buckets: BucketLevels;
}

/** Limits with buckets that left, from which on those are looked for that no longer count. */
const FIRST_LOOK = 256;

/**
 * Token buckets of this process: those of at most `capacity` scopes, the one used longest ago leaves first.
 *
 * A flood of callers cannot win tokens by pushing buckets out. Of all scopes of one limit that left, the store keeps the lowest
 * level of each tier, refilled as time passes; a scope that is not held starts there instead of full. So each gets at most
 * burst + refill × elapsed, whatever was evicted; under a flood newcomers may get less, never more.
 *
 * Not shared: with several processes each has its own buckets.
 */
export class MemoryTokenBuckets implements LimitStore {
  readonly #held = new Map<string, Held>();
  readonly #evicted = new Map<string, Held>();
  /** Size of that at which it is looked through again. */
  #lookAt = FIRST_LOOK;
  readonly #capacity: number;
  readonly #clock: Pick<Clock, 'monotonicMs'>;

  /** Buckets of `capacity` scopes, ≥ 1. */
  constructor(capacity: number, clock: Pick<Clock, 'monotonicMs'>) {
    if (!Number.isInteger(capacity) || capacity < 1) throw new RangeError(`capacity must be ≥ 1, not ${capacity}`);
    this.#capacity = capacity;
    this.#clock = clock;
  }

  /** Scopes held now. */
  get size(): number {
    return this.#held.size;
  }

  /** Limits of which the store remembers a level of scopes that left. */
  get limitsRemembered(): number {
    return this.#evicted.size;
  }

  take(limits: readonly LimitSpec[]): Taking {
    const nowMs = this.#nowMs();
    const buckets = this.#read(limits, nowMs);
    return longestWait(limits, buckets, nowMs) ?? this.#write(limits, buckets);
  }

  peek(limits: readonly LimitSpec[]): Taking {
    const nowMs = this.#nowMs();
    const buckets = this.#read(limits, nowMs);
    return longestWait(limits, buckets, nowMs) ?? { kind: 'taken', remaining: remainingOf(charged(limits, buckets)) };
  }

  force(limits: readonly LimitSpec[]): Taking {
    return this.#write(limits, this.#read(limits, this.#nowMs()));
  }

  refund(limits: readonly LimitSpec[]): void {
    const returned = limits.map((limit) => ({ ...limit, cost: -limit.cost }));
    this.#write(returned, this.#read(limits, this.#nowMs()));
  }

  #nowMs(): number {
    return Math.floor(this.#clock.monotonicMs());
  }

  #read(limits: readonly LimitSpec[], nowMs: number): readonly BucketLevels[] {
    return limits.map((limit) => {
      const known = this.#held.get(limit.key) ?? this.#evicted.get(familyOf(limit));
      return known === undefined ? fullLevels(limit.tiers, nowMs) : refilled(known.buckets, limit.tiers, nowMs);
    });
  }

  #write(limits: readonly LimitSpec[], buckets: readonly BucketLevels[]): Taking {
    const after = charged(limits, buckets);
    for (const held of after) {
      this.#held.delete(held.limit.key);
      this.#held.set(held.limit.key, held);
      if (this.#held.size > this.#capacity) this.#evictOldest(held.buckets.atMs);
    }
    return { kind: 'taken', remaining: remainingOf(after) };
  }

  #evictOldest(nowMs: number): void {
    const oldest = this.#held.entries().next();
    if (oldest.done) return;
    const [key, { limit, buckets }] = oldest.value;
    this.#held.delete(key);
    const leaving = refilled(buckets, limit.tiers, nowMs);
    const family = familyOf(limit);
    const known = this.#evicted.get(family);
    const lowest = known === undefined ? leaving : emptiest(leaving, refilled(known.buckets, limit.tiers, nowMs));
    if (isFull(lowest, limit.tiers)) this.#evicted.delete(family);
    else this.#evicted.set(family, { limit, buckets: lowest });
    if (this.#evicted.size >= this.#lookAt) this.#forgetFull(nowMs);
  }

  /** What has filled up by now is told from what never left by nothing. Rules that are gone fill up like others. */
  #forgetFull(nowMs: number): void {
    for (const [family, { limit, buckets }] of this.#evicted) {
      if (isFull(refilled(buckets, limit.tiers, nowMs), limit.tiers)) this.#evicted.delete(family);
    }
    this.#lookAt = Math.max(FIRST_LOOK, 2 * this.#evicted.size);
  }
}

/** The scopes of one limit. Its name alone is not enough: a reload can give it other periods. */
function familyOf({ name, tiers }: LimitSpec): string {
  return tiers.reduce((family, { periodMs }) => `${family}/${periodMs}`, name);
}

function charged(limits: readonly LimitSpec[], buckets: readonly BucketLevels[]): readonly Held[] {
  return limits.map((limit, index) => {
    const { tiers, cost } = limit;
    return { limit, buckets: moved(buckets[index] ?? { levels: [], atMs: 0 }, tiers, -cost) };
  });
}

function remainingOf(after: readonly Held[]): readonly number[] {
  return after.map(({ limit, buckets }) => tokensLeft(buckets, limit.tiers));
}

/** The limit to wait longest for, or `undefined` when every bucket has enough. */
function longestWait(
  limits: readonly LimitSpec[],
  buckets: readonly BucketLevels[],
  nowMs: number,
): Taking | undefined {
  let longest: Extract<Taking, { kind: 'short' }> | undefined;
  let index = 0;
  for (const limit of limits) {
    const levels = buckets[index];
    index += 1;
    const retryAfterMs = levels === undefined ? Infinity : waitMs(levels, limit.tiers, limit.cost, nowMs);
    if (retryAfterMs > (longest?.retryAfterMs ?? 0)) longest = { kind: 'short', limit, retryAfterMs };
  }
  return longest;
}
