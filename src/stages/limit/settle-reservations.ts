import type { Recorder } from '../../decision/record.ts';
import type { Reservations } from './reservations.ts';

/** The same recorder; reservations hear of every outcome. An outcome is told once, by whichever door learned it first. */
export function settleReservations(recorder: Recorder, reservations: Pick<Reservations, 'settle'>): Recorder {
  return {
    intent: (facts) => recorder.intent(facts),
    refusal: (received, refusal, known) => recorder.refusal(received, refusal, known),
    passthrough: (request) => recorder.passthrough(request),
    outcome(outcome) {
      recorder.outcome(outcome);
      reservations.settle(outcome);
    },
  };
}
