/** How often and how fast a call is tried again, where it may be. */
export interface RetrySettings {
  /** Attempts of one call, the first one included, ≥ 2. */
  readonly attempts: number;
  /** The pause before the second attempt is at most so long, milliseconds, > 0; twice as long and more before later ones. */
  readonly baseMs: number;
  /** No pause of our own is longer, milliseconds, ≥ `baseMs`. */
  readonly maxMs: number;
  /** How long a call that may be repeated waits for the reply to one attempt to begin, milliseconds. `undefined`: as long as it has. */
  readonly attemptTimeoutMs: number | undefined;
  /** Further attempts, percent of all calls to the server, > 0. */
  readonly budgetPercent: number;
  /** Further attempts beyond that share, ≥ 1: for servers that are seldom called. */
  readonly budgetReserve: number;
}
