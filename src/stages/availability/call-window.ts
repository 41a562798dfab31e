/** How a call ended, as far as rates are concerned. */
export interface CallMark {
  readonly failed: boolean;
  readonly slow: boolean;
}

/** Calls that ended, counted. */
export interface Tally {
  readonly calls: number;
  readonly failed: number;
  readonly slow: number;
}

/** The calls that rates are made of. */
export interface CallWindow {
  /** Counts a call that ended at `nowMs`, monotonic milliseconds. */
  record(mark: CallMark, nowMs: number): void;
  /** What the window holds at `nowMs`. */
  tally(nowMs: number): Tally;
}
