/**
 * The arithmetic of the token buckets of one scope, exact in integers.
 *
 * A level is counted in tokens × `periodMs`: a millisecond then gives back exactly `refill`, the capacity is
 * `burst` × `periodMs`, and no fraction is ever rounded (below 2^53: a day with 10^8 tokens). The model of each tier is the
 * single-rate meter of RFC 2697 §3 with one colour: who finds too few tokens in any of them takes none.
 *
 * `stores/redis/take-script.ts` is the same in Lua.
 *
 * @module
 */
import type { LimitTier } from '../../stages/limit/limit-store.ts';

/** What the buckets of a scope held at a time. */
export interface BucketLevels {
  /** One for each tier, in tokens × its `periodMs`. Negative in debt. */
  readonly levels: readonly number[];
  /** Whole milliseconds. */
  readonly atMs: number;
}

/** The deepest debt, in tokens × `periodMs`: what is owed beyond it is forgiven, so that the arithmetic stays exact. */
const DEEPEST = -(2 ** 52);

/** Buckets nobody has taken from. */
export function fullLevels(tiers: readonly LimitTier[], nowMs: number): BucketLevels {
  return { levels: tiers.map(capacityOf), atMs: nowMs };
}

/**
 * The levels at `nowMs`. Time that runs backwards adds no tokens, and none twice afterwards.
 *
 * The tiers may have another burst or refill than before: tokens stay, up to the burst of now.
 */
export function refilled({ levels, atMs }: BucketLevels, tiers: readonly LimitTier[], nowMs: number): BucketLevels {
  const elapsedMs = Math.max(0, nowMs - atMs);
  return {
    levels: tiers.map((tier, index) => {
      const capacity = capacityOf(tier);
      return Math.min(capacity, (levels[index] ?? capacity) + tier.refill * elapsedMs);
    }),
    atMs: Math.max(atMs, nowMs),
  };
}

/**
 * Milliseconds until `cost` tokens are there in every tier, 0 when they are or when nothing is taken; counted from `nowMs`,
 * exact: one millisecond earlier they are not. `Infinity` when they never fit.
 */
export function waitMs(
  { levels, atMs }: BucketLevels,
  tiers: readonly LimitTier[],
  cost: number,
  nowMs: number,
): number {
  let longestMs = 0;
  if (cost <= 0) return longestMs;
  let index = 0;
  for (const { burst, refill, periodMs } of tiers) {
    const missing = cost * periodMs - (levels[index] ?? burst * periodMs);
    index += 1;
    if (missing <= 0) continue;
    if (cost > burst) return Infinity;
    longestMs = Math.max(longestMs, Math.ceil(missing / refill) + Math.max(0, atMs - nowMs));
  }
  return longestMs;
}

/** The buckets with `tokens` more (a refund) or fewer, never above their burst. */
export function moved({ levels, atMs }: BucketLevels, tiers: readonly LimitTier[], tokens: number): BucketLevels {
  return {
    levels: tiers.map((tier, index) => {
      const capacity = capacityOf(tier);
      return Math.max(DEEPEST, Math.min(capacity, (levels[index] ?? capacity) + tokens * tier.periodMs));
    }),
    atMs,
  };
}

/** Whole tokens in the emptiest tier, negative in debt. */
export function tokensLeft({ levels }: BucketLevels, tiers: readonly LimitTier[]): number {
  let fewest = Infinity;
  let index = 0;
  for (const { periodMs, burst } of tiers) {
    fewest = Math.min(fewest, Math.floor((levels[index] ?? burst * periodMs) / periodMs));
    index += 1;
  }
  return fewest;
}

/** Tier by tier the emptier one of two scopes with the same tiers. */
export function emptiest(one: BucketLevels, other: BucketLevels): BucketLevels {
  return {
    levels: one.levels.map((level, index) => Math.min(level, other.levels[index] ?? level)),
    atMs: Math.max(one.atMs, other.atMs),
  };
}

/** Whether every bucket holds all it can. */
export function isFull({ levels }: BucketLevels, tiers: readonly LimitTier[]): boolean {
  return tiers.every((tier, index) => (levels[index] ?? Infinity) >= capacityOf(tier));
}

function capacityOf({ burst, periodMs }: LimitTier): number {
  return burst * periodMs;
}
