import type { LimitSpec } from '../../policy/limit-spec.ts';

export type { LimitSpec };

/** What a store answers to a take over several buckets. */
export type Taking =
  /** Every bucket had enough and was charged. `remaining` are whole tokens left, in the order asked. */
  | { readonly kind: 'taken'; readonly remaining: readonly number[] }
  /** Nothing was charged. `limit` is the one to wait longest for; `Infinity` when waiting will not help. */
  | { readonly kind: 'short'; readonly limit: LimitSpec; readonly retryAfterMs: number };

/** Where buckets live. The memory store is one process; a shared store is the same port. */
export interface LimitStore {
  /** Takes every `cost`, or nothing at all. Keys are distinct. */
  takeAll(limits: readonly LimitSpec[]): Taking | Promise<Taking>;
  /** Returns what `takeAll` took, for a call that did not happen. Never fills a bucket above its burst. */
  giveBack(limits: readonly LimitSpec[]): void | Promise<void>;
}
