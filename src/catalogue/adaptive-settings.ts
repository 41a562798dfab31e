/** How the rates of adaptive limits follow the health of a server. */
export interface AdaptiveSettings {
  /** The least that rates are multiplied by, 0 < … ≤ 1. */
  readonly minimum: number;
  /** They are halved at most once in this time, and rise once in it, milliseconds. */
  readonly intervalMs: number;
  /** What is added in an interval without trouble, a share of the whole rate. */
  readonly step: number;
  /** A call that takes longer is slow, milliseconds. */
  readonly slowCallMs: number;
  /** Share of slow calls in an interval at which they are halved, percent. */
  readonly slowRate: number;
  /** Calls that must have ended in an interval before that share counts. */
  readonly minimumCalls: number;
}
