import type { Facts } from './facts.ts';
import type { Outcome } from './record.ts';

/** What a door asks that sends an allowed call more than once. Each attempt is heard of once: here, or as the call's outcome. */
export interface FurtherAttempts {
  /** An attempt came to this, and it is not to be the last. Never throws. */
  failed(outcome: Outcome): void;
  /** Whether the call may be tried once more now. What that comes to is its outcome, or the next `failed()`. */
  mayTry(facts: Pick<Facts, 'call' | 'target'>): boolean;
}
