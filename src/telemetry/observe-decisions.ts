import type { Received } from '../call/received.ts';
import type { TraceIds } from '../decision/call-traces.ts';
import type { Facts } from '../decision/facts.ts';
import type { Outcome, PassthroughRequest, Recorder } from '../decision/record.ts';
import type { Stages } from '../decision/stages.ts';
import type { Fault, Refusal } from '../decision/verdict.ts';
import type { Clock } from '../kit/clock.ts';
import { errorTypeOfOutcome, errorTypeOfRefusal } from './error-type.ts';
import type { Log } from './log.ts';
import { LogBudget } from './log-budget.ts';
import type { Metrics } from './metrics.ts';
import { modelOperation } from './model-operation.ts';
import { type OpenCall, OpenCalls } from './open-calls.ts';
import { UpstreamWarnings } from './upstream-warnings.ts';
import type { CountedUsage } from './usage-metrics.ts';

/** Between two lines about faults of one reason, milliseconds: what is lost is lost for every call. */
const FAULT_EVERY_MS = 10_000;

/** The two places at which every decision passes: its first check, and its record. */
export interface Decisions<F extends Facts = Facts> {
  readonly stages: Stages<F>;
  readonly recorder: Recorder;
}

export interface Observers {
  readonly metrics: Metrics;
  readonly log: Log;
  readonly clock: Clock;
  /** The span of a call that is under way. */
  readonly traceOf?: (decisionId: string) => TraceIds | undefined;
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
  const { metrics, clock, traceOf = () => undefined } = observers;
  const startedMs = new Map<string, number>();
  const open = new OpenCalls();
  const warnings = new UpstreamWarnings(observers.log, clock);
  const faults = new LogBudget(clock, 1, FAULT_EVERY_MS);
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
        const { server, decisionId, operation: method, target } = facts.call;
        const { identity: caller } = facts;
        const seconds = secondsOf(decisionId);
        const allowedMs = clock.monotonicMs();
        const tool = target.kind === 'tool' ? target.name : undefined;
        // Without a start it was refused meanwhile, for its deadline, and counted as that.
        const decidedInMs = seconds === undefined ? undefined : seconds * 1000;
        open.add(decisionId, { server, method, tool, decidedInMs, allowedMs, caller });
        if (seconds === undefined) return;
        metrics.decided({ server, verdict: 'allow', stage: 'none', reason: 'none', seconds });
      },
      refusal(received, refusal, known) {
        recorder.refusal(received, refusal, known);
        const { server, decisionId } = received;
        const { kind: verdict, stage, reason } = refusal;
        const seconds = secondsOf(decisionId);
        metrics.decided({ server, verdict, stage, reason, seconds });
        metrics.called({ ...refusedCall(received, known, refusal), seconds: seconds ?? 0, trace: traceOf(decisionId) });
        if (refusal.kind === 'deny' && refusal.standIn !== undefined) metrics.stoodIn(server, refusal.standIn.source);
        logRefusal(received, refusal, faults, observers.log);
      },
      async passthrough(request) {
        await recorder.passthrough(request);
        open.add(request.received.decisionId, passedCall(request, clock.monotonicMs()));
      },
      outcome(outcome) {
        recorder.outcome(outcome);
        const call = open.take(outcome.decisionId);
        const server = call?.server ?? '';
        metrics.settled(server, outcome.kind);
        if (outcome.attempts !== undefined) metrics.triedAgain(server, outcome.attempts - 1);
        if (outcome.standIn !== undefined) metrics.stoodIn(server, outcome.standIn.source);
        const over = call === undefined ? undefined : overCall(call, outcome, clock.monotonicMs());
        if (over !== undefined) metrics.called({ ...over, trace: traceOf(outcome.decisionId) });
        if (hasUsage(outcome)) metrics.used(usageOf(call, outcome));
        if (outcome.kind === 'upstream-failed') warnings.failed(server, outcome);
      },
    },
  };
}

type Called = Parameters<Metrics['called']>[0];

function refusedCall(
  { server }: Received,
  { call }: Partial<Facts>,
  refusal: Refusal,
): Pick<Called, 'server' | 'method' | 'tool' | 'error' | 'tripSeconds'> {
  return {
    server,
    method: call?.operation ?? 'unread',
    tool: call?.target.kind === 'tool' ? call.target.name : undefined,
    error: errorTypeOfRefusal(refusal).type,
    tripSeconds: undefined,
  };
}

/** `undefined` for one that was counted as refused, and for what is no call of MCP. */
function overCall(
  { server, method, tool, decidedInMs, allowedMs }: OpenCall,
  outcome: Outcome,
  nowMs: number,
): Omit<Called, 'trace'> | undefined {
  if (decidedInMs === undefined || method === undefined) return undefined;
  return {
    server,
    method,
    tool,
    error: errorTypeOfOutcome(outcome)?.type ?? '',
    seconds: (nowMs - allowedMs + decidedInMs) / 1000,
    tripSeconds: outcome.kind === 'undelivered' ? undefined : (nowMs - allowedMs) / 1000,
  };
}

function passedCall({ route, path, identity, provider }: PassthroughRequest, allowedMs: number): OpenCall {
  return {
    server: route,
    method: undefined,
    tool: undefined,
    decidedInMs: undefined,
    allowedMs,
    caller: identity,
    model: provider === undefined ? undefined : { provider, operation: modelOperation(path) },
  };
}

function hasUsage({ costs, tokens }: Outcome): boolean {
  return tokens !== undefined || (costs !== undefined && costs.size > 0);
}

function usageOf(call: OpenCall | undefined, { costs, tokens }: Outcome): CountedUsage {
  const { server = '', tool, caller, model } = call ?? {};
  return { server, tool, caller, model, costs, tokens };
}

/** A fault is told at once, and then with the number of those of its reason that no line told of. */
function logRefusal({ server, decisionId }: Received, refusal: Refusal, faults: LogBudget, log: Log): void {
  const { kind, stage, reason, operatorDetail } = refusal;
  const fields = { decision_id: decisionId, server, stage, reason, detail: operatorDetail };
  if (kind !== 'fault') return log.debug('a call was refused', fields);
  const untold = faults.take(`${stage} ${reason}`);
  if (untold === undefined) return;
  const more = untold === 0 ? {} : { more_since: untold };
  log.warn('a call could not be decided', { ...fields, cause: causeOf(refusal), ...more });
}

function causeOf({ cause }: Fault): Error | undefined {
  return cause instanceof Error ? cause : undefined;
}
