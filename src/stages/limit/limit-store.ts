import type { LimitSpec } from '../../policy/limit-spec.ts';

export type { LimitScope, LimitSpec, LimitTier } from '../../policy/limit-spec.ts';

/** What a store answers to a take over several limits. */
export type Taking =
  /** Every bucket had enough and was charged. `remaining` are whole tokens left in the emptiest tier, in the order asked. */
  | {
      readonly kind: 'taken';
      readonly remaining: readonly number[];
      /** Where to give back what was taken, when that is not the store that was asked. */
      readonly from?: Pick<LimitStore, 'refund'>;
    }
  /** Nothing was charged. `limit` is the one to wait longest for; `Infinity` when waiting will not help. */
  | { readonly kind: 'short'; readonly limit: LimitSpec; readonly retryAfterMs: number }
  /** The store cannot be had, and `limit` is one that then refuses. What was asked for counts as taken or is not; nobody knows. */
  | { readonly kind: 'lost'; readonly limit: LimitSpec; readonly cause: unknown };

/**
 * Where buckets live: in this process, or in one place for many.
 *
 * All four go over all tiers of all limits in one step. Keys are distinct, and every number is an integer for which
 * |`cost`| × `periodMs` and `burst` × `periodMs` are at most 2^52; then all arithmetic is exact. A scope that nobody has
 * charged is full.
 */
export interface LimitStore {
  /** Takes every `cost`, or nothing at all: a refusal changes nothing that is stored. */
  take(limits: readonly LimitSpec[]): Taking | Promise<Taking>;
  /** What `take` would answer now. Changes nothing. */
  peek(limits: readonly LimitSpec[]): Taking | Promise<Taking>;
  /** Takes every `cost`, also what is not there: a bucket in debt is waited for longer. For what happened already. */
  force(limits: readonly LimitSpec[]): Taking | Promise<Taking>;
  /** Returns every `cost`, for what did not happen. Never fills a bucket above its burst. */
  refund(limits: readonly LimitSpec[]): void | Promise<void>;
}
