import type { FurtherAttempts } from '../../decision/further-attempts.ts';
import type { Breakers } from './breakers.ts';
import { breakerKeyOf } from './check.ts';
import { classifyOutcome } from './classify-outcome.ts';

/** A breaker takes each attempt for a call: it counts what came of it, and lets the next one through or not. */
export function furtherAttempts(breakers: Pick<Breakers, 'acquire' | 'settle'>): FurtherAttempts {
  return {
    failed: (outcome) => breakers.settle(outcome.decisionId, classifyOutcome(outcome)),
    mayTry({ call, target }) {
      const key = breakerKeyOf(call, target);
      return key === undefined || breakers.acquire(key, call.decisionId)?.kind !== 'refused';
    },
  };
}
