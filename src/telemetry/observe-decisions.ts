import type { Facts } from '../decision/facts.ts';
import type { Recorder } from '../decision/record.ts';
import type { Stages } from '../decision/stages.ts';
import type { Fault, Refusal } from '../decision/verdict.ts';
import type { Clock } from '../kit/clock.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import { OpenCalls } from './open-calls.ts';
import { UpstreamWarnings } from './upstream-warnings.ts';

/** The two places at which every decision passes: its first check, and its record. */
export interface Decisions<F extends Facts = Facts> {
  readonly stages: Stages<F>;
  readonly recorder: Recorder;
}

export interface Observers {
  readonly metrics: Metrics;
  readonly log: Log;
  readonly clock: Clock;
}

/**
 * The same checks and recorder, counted, timed and, where something went wrong, logged. They answer what they answered
 * before; the stages know nothing of it.
 *
 * A decision is timed from `admit` to its record. A refusal that a door recorded without asking is counted, not timed.
 */
export function observeDecisions<F extends Facts>(
  { stages, recorder }: Decisions<F>,
  observers: Observers,
): Decisions<F> {
  const { metrics, clock } = observers;
  const startedMs = new Map<string, number>();
  const open = new OpenCalls();
  const warnings = new UpstreamWarnings(observers.log, clock);
  const secondsOf = (decisionId: string): number | undefined => {
    const started = startedMs.get(decisionId);
    startedMs.delete(decisionId);
    return started === undefined ? undefined : (clock.monotonicMs() - started) / 1000;
  };
  return {
    stages: {
      ...stages,
      admit(received, held, signal) {
        startedMs.set(received.decisionId, clock.monotonicMs());
        metrics.callStarted();
        held.defer(() => metrics.callEnded());
        return stages.admit(received, held, signal);
      },
    },
    recorder: {
      async intent(facts) {
        await recorder.intent(facts);
        const { server, decisionId } = facts.call;
        open.add(decisionId, server);
        const seconds = secondsOf(decisionId);
        // Without a start it was refused meanwhile, for its deadline, and counted as that.
        if (seconds === undefined) return;
        metrics.decided({ server, verdict: 'allow', stage: 'none', reason: 'none', seconds });
      },
      refusal(received, refusal, known) {
        recorder.refusal(received, refusal, known);
        const { server, decisionId } = received;
        const { kind: verdict, stage, reason } = refusal;
        metrics.decided({ server, verdict, stage, reason, seconds: secondsOf(decisionId) });
        if (refusal.kind === 'deny' && refusal.standIn !== undefined) metrics.stoodIn(server, refusal.standIn.source);
        logRefusal(server, decisionId, refusal, observers.log);
      },
      passthrough: (request) => recorder.passthrough(request),
      outcome(outcome) {
        recorder.outcome(outcome);
        const server = open.take(outcome.decisionId);
        metrics.settled(server, outcome.kind);
        if (outcome.attempts !== undefined) metrics.triedAgain(server, outcome.attempts - 1);
        if (outcome.standIn !== undefined) metrics.stoodIn(server, outcome.standIn.source);
        if (outcome.kind === 'upstream-failed') warnings.failed(server, outcome);
      },
    },
  };
}

function logRefusal(server: string, decisionId: string, refusal: Refusal, log: Log): void {
  const { kind, stage, reason, operatorDetail } = refusal;
  const fields = { decision_id: decisionId, server, stage, reason, detail: operatorDetail };
  if (kind === 'fault') log.warn('a call could not be decided', { ...fields, cause: causeOf(refusal) });
  else log.debug('a call was refused', fields);
}

function causeOf({ cause }: Fault): Error | undefined {
  return cause instanceof Error ? cause : undefined;
}
