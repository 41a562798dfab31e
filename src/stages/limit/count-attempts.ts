import type { FurtherAttempts } from '../../decision/further-attempts.ts';
import type { Reservations } from './reservations.ts';

/**
 * The same, and each further attempt of a call reserves budgets anew where the one before it was sent. One for which too little is
 * left is not made: the call came to what the attempt before it did.
 */
export function countAttempts(
  further: FurtherAttempts,
  reservations: Pick<Reservations, 'again' | 'notAgain'>,
): FurtherAttempts {
  return {
    failed: (outcome) => further.failed(outcome),
    async mayTry(facts, after) {
      const { decisionId } = facts.call;
      if (!(await reservations.again(decisionId, after.wasSent))) return false;
      if (after.isWanted() && (await further.mayTry(facts, after))) return true;
      await reservations.notAgain(decisionId, after.wasSent);
      return false;
    },
  };
}
