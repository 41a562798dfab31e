/** Where time comes from. Injected everywhere, so tests own it. */
export interface Clock {
  /** Wall-clock time in milliseconds since the Unix epoch. Can step in either direction. */
  nowMs(): number;
  /** Milliseconds from an arbitrary start; never goes back. For durations and deadlines. */
  monotonicMs(): number;
}

/** The machine's own clocks. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};
