import type { FurtherAttempts } from '../../decision/further-attempts.ts';
import type { Outcome } from '../../decision/record.ts';
import type { Breakers } from './breakers.ts';
import { breakerKeyOf } from './check.ts';
import { classifyOutcome } from './classify-outcome.ts';

/** Who else hears what came of attempts, as limits that follow their server do. */
interface AttemptListener {
  attempted(outcome: Outcome): void;
}

/** A breaker takes each attempt for a call: it counts what came of it, and lets the next one through or not. */
export function furtherAttempts(
  breakers: Pick<Breakers, 'acquireAgain' | 'settle'>,
  listener: AttemptListener,
): FurtherAttempts {
  return {
    failed(outcome) {
      breakers.settle(outcome.decisionId, classifyOutcome(outcome));
      listener.attempted(outcome);
    },
    mayTry({ call, target }, { server }) {
      const key = breakerKeyOf({ kind: call.kind, treatment: call.treatment, server }, target);
      return key === undefined || breakers.acquireAgain(key, call.decisionId)?.kind !== 'refused';
    },
  };
}
