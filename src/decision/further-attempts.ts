import type { Facts } from './facts.ts';
import type { Outcome } from './record.ts';

/** What a door asks that sends an allowed call more than once. Each attempt is heard of once: here, or as the call's outcome. */
export interface FurtherAttempts {
  /** An attempt came to this, and it is not to be the last. Never throws. */
  failed(outcome: Outcome): void;
  /**
   * Whether the call may be tried once more now. What that comes to is its outcome, or the next `failed()`. Never rejects.
   */
  mayTry(facts: Pick<Facts, 'call' | 'target'>, after: FailedBefore): boolean | Promise<boolean>;
}

/** The attempt that failed, and whether there is to be another one. */
export interface FailedBefore {
  /** Whether a byte of it may have left: then it counts. */
  readonly wasSent: boolean;
  /** Whether anybody still wants the next one. May change while leave for it is being had. */
  readonly isWanted: () => boolean;
  /** Where the next one is sent: not the call's own server when another was called in the place of that. */
  readonly server: string;
}
