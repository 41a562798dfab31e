/** How long and how hard a fault is tried, and how exactly it is judged. */
export interface TrialForm {
  readonly form: 'short' | 'long';
  /** Calls a second of each server. */
  readonly perSecond: number;
  /** Calls of each server that are served before the fault. */
  readonly servedBefore: number;
  /** How long the fault lasts at least, milliseconds. */
  readonly faultMs: number;
  /** Calls of each server in a row that are well behind the fault before it counts as over. */
  readonly calm: number;
  /** Calls of a server that may pass in all. */
  readonly burst: number;
  /** `decision.deadline_ms`. */
  readonly deadlineMs: number;
  /** Longest time a call may take, milliseconds. */
  readonly waitsAtMostMs: number;
  /** Longest time from the end of the fault until calls are served as before, milliseconds. */
  readonly recoversWithinMs: number;
}

export const TRIAL_FORMS: Readonly<Record<'short' | 'long', TrialForm>> = {
  // Other tests run beside it: what the clock says is judged so that only what hangs is found.
  short: {
    form: 'short',
    perSecond: 60,
    servedBefore: 15,
    faultMs: 700,
    calm: 15,
    burst: 400,
    deadlineMs: 2000,
    waitsAtMostMs: 10_000,
    recoversWithinMs: 15_000,
  },
  long: {
    form: 'long',
    perSecond: 150,
    servedBefore: 300,
    faultMs: 5000,
    calm: 300,
    burst: 5000,
    deadlineMs: 250,
    // And as long as it takes to get there and back.
    waitsAtMostMs: 300,
    recoversWithinMs: 1000,
  },
};
