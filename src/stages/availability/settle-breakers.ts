import type { Recorder } from '../../decision/record.ts';
import type { Breakers } from './breakers.ts';
import { classifyOutcome } from './classify-outcome.ts';

/** The same recorder; the breakers hear of every outcome. An outcome is told once, by whichever door learned it first. */
export function settleBreakers(recorder: Recorder, breakers: Pick<Breakers, 'settle'>): Recorder {
  return {
    intent: (facts) => recorder.intent(facts),
    refusal: (received, refusal, known) => recorder.refusal(received, refusal, known),
    passthrough: (request) => recorder.passthrough(request),
    outcome(outcome) {
      recorder.outcome(outcome);
      // What Envoy could not send, it has not tried either.
      const attempts = outcome.kind === 'undelivered' ? 1 : outcome.attempts;
      breakers.settle(outcome.decisionId, classifyOutcome(outcome), attempts);
    },
  };
}
