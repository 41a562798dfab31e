import type { Facts } from '../../decision/facts.ts';
import type { Recorder } from '../../decision/record.ts';
import type { Stages } from '../../decision/stages.ts';
import { STAGES } from '../../decision/verdict.ts';
import type { Decisions } from '../observe-decisions.ts';
import type { TraceBook } from './trace-book.ts';

const AT = Object.fromEntries(STAGES.map((name, index) => [name, index])) as Readonly<
  Record<(typeof STAGES)[number], number>
>;

/**
 * The same checks and recorder, with the times of each call in `book`. They answer what they answered before; what is written
 * about a call meanwhile finds its trace there.
 */
export function traceDecisions<F extends Facts>({ stages, recorder }: Decisions<F>, book: TraceBook): Decisions<F> {
  return { stages: tracedStages(stages, book), recorder: tracedRecorder(recorder, book) };
}

function tracedStages<F extends Facts>(stages: Stages<F>, book: TraceBook): Stages<F> {
  return {
    admit(received, held, signal) {
      book.begin(received);
      return stages.admit(received, held, signal);
    },
    read(received, signal) {
      book.mark(received.decisionId, AT.read);
      return stages.read(received, signal);
    },
    authenticate(call, signal) {
      book.mark(call.decisionId, AT.authenticate);
      return stages.authenticate(call, signal);
    },
    openHandles(call, identity, signal) {
      book.mark(call.decisionId, AT.handles);
      return stages.openHandles(call, identity, signal);
    },
    checkGrant(call, identity, signal) {
      book.mark(call.decisionId, AT.capability);
      return stages.checkGrant(call, identity, signal);
    },
    checkTarget(call, grant, signal) {
      book.mark(call.decisionId, AT.tool);
      return stages.checkTarget(call, grant, signal);
    },
    applyPolicy(call, identity, grant, target, signal) {
      book.mark(call.decisionId, AT.policy);
      return stages.applyPolicy(call, identity, grant, target, signal);
    },
    requireApproval(call, identity, ruling, signal) {
      book.mark(call.decisionId, AT.approval);
      return stages.requireApproval(call, identity, ruling, signal);
    },
    checkAvailability(call, identity, target, ruling, held, undo, signal) {
      book.mark(call.decisionId, AT.availability);
      return stages.checkAvailability(call, identity, target, ruling, held, undo, signal);
    },
    takeLimits(call, identity, ruling, undo, signal) {
      book.mark(call.decisionId, AT.limit);
      return stages.takeLimits(call, identity, ruling, undo, signal);
    },
    obtainCredential(call, identity, target, signal) {
      book.mark(call.decisionId, AT.credential);
      return stages.obtainCredential(call, identity, target, signal);
    },
    consume(call, approval, signal) {
      book.mark(call.decisionId, AT.consume);
      return stages.consume(call, approval, signal);
    },
  };
}

function tracedRecorder(recorder: Recorder, book: TraceBook): Recorder {
  return {
    async intent(facts) {
      book.mark(facts.call.decisionId, AT.record);
      book.cleared(facts);
      try {
        await recorder.intent(facts);
      } finally {
        book.recorded(facts.call);
      }
    },
    refusal(received, refusal, known) {
      book.refusing(received, known);
      recorder.refusal(received, refusal, known);
      book.refused(received, refusal);
    },
    async passthrough(request) {
      book.passing(request);
      await recorder.passthrough(request);
    },
    outcome(outcome) {
      recorder.outcome(outcome);
      book.over(outcome);
    },
  };
}
