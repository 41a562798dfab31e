/**
 * The arithmetic of one token bucket, exact in integers.
 *
 * A level is counted in tokens × `periodMs`: a millisecond then gives back exactly `refill`, the capacity is
 * `burst` × `periodMs`, and no fraction is ever rounded (below 2^53: a day with 10^8 tokens). The model is the
 * single-rate meter of RFC 2697 §3 with one colour: who finds too few tokens takes none.
 *
 * @module
 */

/** Size and speed of a bucket. All integers ≥ 1. */
export interface BucketShape {
  readonly burst: number;
  readonly refill: number;
  readonly periodMs: number;
}

/** What a bucket held at a time, in tokens × `periodMs`. */
export interface BucketLevel {
  readonly level: number;
  /** Monotonic, whole milliseconds. */
  readonly atMs: number;
  /** The period that `level` is counted in. */
  readonly periodMs: number;
}

/** A bucket nobody has taken from. */
export function fullBucket(shape: BucketShape, nowMs: number): BucketLevel {
  return { level: capacityOf(shape), atMs: nowMs, periodMs: shape.periodMs };
}

/**
 * The level at `nowMs`. Time that runs backwards adds no tokens and is not taken back.
 *
 * A bucket kept under another shape (rules were reloaded) keeps its tokens, rounded down, up to the new burst.
 */
export function refilled(bucket: BucketLevel, shape: BucketShape, nowMs: number): BucketLevel {
  const held =
    bucket.periodMs === shape.periodMs ? bucket.level : Math.floor(bucket.level / bucket.periodMs) * shape.periodMs;
  const elapsedMs = Math.max(0, nowMs - bucket.atMs);
  return {
    level: Math.min(capacityOf(shape), held + shape.refill * elapsedMs),
    atMs: Math.max(bucket.atMs, nowMs),
    periodMs: shape.periodMs,
  };
}

/**
 * Milliseconds until `cost` tokens are there, 0 when they are; counted from `nowMs`, exact: one millisecond earlier they
 * are not. `Infinity` when they never fit.
 */
export function waitMs(bucket: BucketLevel, shape: BucketShape, cost: number, nowMs: number): number {
  const missing = cost * shape.periodMs - bucket.level;
  if (missing <= 0) return 0;
  if (cost > shape.burst) return Infinity;
  return Math.ceil(missing / shape.refill) + Math.max(0, bucket.atMs - nowMs);
}

/** The bucket with `tokens` more (a refund) or fewer, never above its burst. */
export function moved(bucket: BucketLevel, shape: BucketShape, tokens: number): BucketLevel {
  return { ...bucket, level: Math.min(capacityOf(shape), bucket.level + tokens * shape.periodMs) };
}

/** Whether the bucket holds all it can. */
export function isFull(bucket: BucketLevel, shape: BucketShape): boolean {
  return bucket.level >= capacityOf(shape);
}

function capacityOf({ burst, periodMs }: BucketShape): number {
  return burst * periodMs;
}
