/**
 * One rate of a limit: `refill` tokens come back every `periodMs`, continuously, up to `burst`.
 *
 * The model is the single-rate meter of RFC 2697 §3 with one colour. All numbers are integers, so the arithmetic is exact.
 */
export interface LimitTier {
  /** Most tokens the bucket holds, ≥ 1. */
  readonly burst: number;
  /** Tokens that come back in a period, ≥ 1. */
  readonly refill: number;
  /** Length of the period in milliseconds: a second, a minute, an hour or a day; in tokens any number of seconds up to a day. */
  readonly periodMs: number;
}

/**
 * What has buckets of its own, one for each tier.
 *
 * What is stored says nothing about `burst` and `refill`: they may differ from one take to the next, and the tokens that are
 * there stay, up to the burst of then.
 */
export interface LimitScope {
  /** The rule, its periods and what it counts by. Opaque; equal texts share their buckets, and have the same periods. */
  readonly key: string;
  /** The tenant that the scope lies in; `undefined` when callers of several tenants may share it. Opaque. */
  readonly tenant: string | undefined;
  /** At least one, by rising period, each period once. */
  readonly tiers: readonly LimitTier[];
}

/** What becomes of a limit while the shared store cannot be had: it refuses, counts in this process, or does not count. */
export type WhenStoreLost = 'closed' | 'local' | 'open';

/** One limit that a matching rule asks of a call: which buckets, and how much of each. */
export interface LimitSpec extends LimitScope {
  /** The rule that asks for it: its name in answers, records and metrics. */
  readonly name: string;
  /** Tokens this call takes of every tier, 1 … its `burst`. */
  readonly cost: number;
  readonly whenStoreLost: WhenStoreLost;
  /** The server by whose health the rate is scaled; absent when the rate stands as it is written. */
  readonly adaptsTo?: string;
  /** What the rule tells an agent that has to wait. */
  readonly message?: string;
}
