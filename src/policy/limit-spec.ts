/**
 * One limit that a matching rule asks of a call: which bucket, and how much of it.
 *
 * `refill` tokens come back every `periodMs`, continuously, up to `burst`. The model is the single-rate meter of
 * RFC 2697 §3 with one colour. All numbers are integers, so the arithmetic is exact.
 */
export interface LimitSpec {
  /** The rule that asks for it: its name in answers, records and metrics. */
  readonly name: string;
  /** Which bucket: the rule and what it counts by. Opaque; equal texts share a bucket. */
  readonly key: string;
  /** Most tokens the bucket holds, ≥ 1. */
  readonly burst: number;
  /** Tokens that come back in a period, ≥ 1. */
  readonly refill: number;
  /** Length of the period in milliseconds: a second, a minute, an hour or a day. */
  readonly periodMs: number;
  /** Tokens this call takes, 1 … `burst`. */
  readonly cost: number;
  /** What the rule tells an agent that has to wait. */
  readonly message?: string;
}
