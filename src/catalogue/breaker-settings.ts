/** How a circuit breaker judges calls. Names and meaning are those of Resilience4j. */
export interface BreakerSettings {
  /** The last so many calls, or the calls of the last so many seconds. */
  readonly window:
    | { readonly kind: 'count'; readonly calls: number }
    | { readonly kind: 'time'; readonly seconds: number };
  /** Calls that must have ended in the window before a rate counts, ≥ 1; in a count window never more than it holds. */
  readonly minimumCalls: number;
  /** Share of failed calls at which the breaker opens, percent, > 0. */
  readonly failureRate: number;
  /** Share of slow calls at which it opens, percent, > 0. */
  readonly slowRate: number;
  /** A call that takes longer is slow, milliseconds. */
  readonly slowCallMs: number;
  /** How long it stays open the first time, milliseconds; twice as long each time the probes fail again. */
  readonly waitMs: number;
  /** The longest it stays open, milliseconds, ≥ `waitMs`. */
  readonly maxWaitMs: number;
  /** Calls that are let through half-open, and whose outcomes then decide, ≥ 1. */
  readonly halfOpenCalls: number;
  /** The longest it stays half-open before it opens again, milliseconds: probes may be lost, and callers stay away. */
  readonly maxHalfOpenMs: number;
  /** Time after which a call let through half-open counts as failed although nobody reported it, milliseconds. */
  readonly probeTimeoutMs: number;
  /** What the breaker is when nothing has happened yet. */
  readonly initially: 'closed' | 'metrics_only' | 'disabled';
}
