import type { Recorder } from '../../decision/record.ts';
import type { AdaptiveFactors } from './adaptive-factors.ts';

/** The same recorder; the factors of adaptive limits hear of every call that is let through, and of what became of it. */
export function hearOutcomes(recorder: Recorder, factors: Pick<AdaptiveFactors, 'began' | 'ended'>): Recorder {
  return {
    async intent(facts) {
      await recorder.intent(facts);
      factors.began(facts.call.decisionId, facts.call.server);
    },
    refusal: (received, refusal, known) => recorder.refusal(received, refusal, known),
    passthrough: (request) => recorder.passthrough(request),
    outcome(outcome) {
      recorder.outcome(outcome);
      factors.ended(outcome);
    },
  };
}
