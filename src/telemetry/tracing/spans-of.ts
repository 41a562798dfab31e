import type { UpstreamAttempt } from '../../decision/call-traces.ts';
import { STAGES } from '../../decision/verdict.ts';
import { boundText } from '../../kit/bound-text.ts';
import { errorTypeOfOutcome, HTTP_FAILED } from '../error-type.ts';
import { agentSpan } from './agent-span.ts';
import { ATTRIBUTE, EXECUTE_TOOL, OWN_ATTRIBUTE } from './attribute-names.ts';
import type { CallSummary, CallTrace } from './call-trace.ts';
import type { FinishedSpan, SpanEvent } from './finished-span.ts';
import { errorOf, type KeptTrace } from './kept-trace.ts';
import { plainSpans } from './plain-spans.ts';
import {
  addressed,
  type Attribute,
  type AttributeNaming,
  knownMethod,
  methodAttribute,
  named,
} from './span-attributes.ts';
import { wallOf } from './wall-of.ts';

export interface SpanOptions {
  readonly checks: 'spans' | 'events' | 'none';
  readonly names: AttributeNaming;
  /** Whether a call that says nothing of a trace gets a span of its agent above its own. */
  readonly agentSpans: boolean;
  readonly newSpanId: () => string;
}

const MAX_TEXT = 256;

/** The spans of a call: the call, its checks, and its trips to the tool server. The first is that of the call, or of its agent. */
export function spansOf(kept: KeptTrace, options: SpanOptions): readonly FinishedSpan[] {
  const { plain } = kept.trace;
  const spans = plain === undefined ? spansOfMessage(kept, options) : plainSpans(kept, plain, options);
  const agent = inferredAgent(kept, options);
  return agent === undefined ? spans : agentSpan(spans, agent, options);
}

/** How many `spansOf()` are, without making them. */
export function spanCount(kept: KeptTrace, options: Pick<SpanOptions, 'checks' | 'agentSpans'>): number {
  const { plain, marks, departedMs } = kept.trace;
  const agents = inferredAgent(kept, options) === undefined ? 0 : 1;
  if (plain !== undefined) return agents + (departedMs === undefined ? 1 : 2);
  return agents + 1 + (options.checks === 'spans' ? marks.length : 0) + tripCount(kept);
}

function inferredAgent(
  { trace, place }: KeptTrace,
  { agentSpans }: Pick<SpanOptions, 'agentSpans'>,
): string | undefined {
  return agentSpans && place.parent === undefined ? (trace.plain?.agent ?? trace.summary?.actor) : undefined;
}

function tripCount({ trace, ending }: KeptTrace): number {
  const { departedMs, attempts } = trace;
  if (departedMs === undefined || ending.kind === 'refused') return 0;
  return ending.outcome.kind === 'undelivered' ? attempts.length : Math.max(1, attempts.length);
}

function spansOfMessage(kept: KeptTrace, options: SpanOptions): readonly FinishedSpan[] {
  const trips = tripsOf(kept, options);
  const call = callSpan(kept, options);
  // Another proxy's clock may be a little ahead of ours.
  const endMs = Math.max(call.endMs, ...trips.map((trip) => trip.endMs));
  return [{ ...call, endMs }, ...checkSpans(kept, options), ...trips];
}

function callSpan(kept: KeptTrace, options: SpanOptions): FinishedSpan {
  const { trace, place, ending, endedMs } = kept;
  const error = errorOf(ending);
  return {
    name: nameOf(trace),
    kind: 'server',
    traceId: place.traceId,
    spanId: place.spanId,
    parent: place.parent,
    parentIsRemote: true,
    startMs: Math.min(trace.receivedAtMs, trace.startedAtMs),
    endMs: wallOf(trace, endedMs),
    failed: error?.isFailure === true,
    attributes: named(
      [
        ...conventional(trace),
        [ATTRIBUTE.clientAddress, trace.peerAddress],
        [ATTRIBUTE.errorType, error?.type],
        ...own(kept),
      ],
      options.names,
    ),
    links: place.links,
    events: options.checks === 'events' ? checkEvents(kept) : [],
  };
}

/** `{method} {tool}` for a tool of the catalogue: no caller makes names of spans. */
function nameOf({ summary, httpMethod }: Pick<CallTrace, 'summary' | 'httpMethod'>): string {
  const method = summary?.call.method ?? '';
  if (method === '' || summary === undefined) return knownMethod(httpMethod) ?? 'HTTP';
  const { target } = summary.call;
  const name = boundText(method, MAX_TEXT);
  return target.kind === 'tool' && summary.knownTool ? `${name} ${target.name}` : name;
}

/** What the conventions of MCP name. */
function conventional({ summary, httpMethod, server }: CallTrace): readonly Attribute[] {
  const whole: readonly Attribute[] = [
    [OWN_ATTRIBUTE.server, server],
    methodAttribute(httpMethod),
    [ATTRIBUTE.protocolName, 'http'],
    [ATTRIBUTE.transport, 'tcp'],
  ];
  return summary === undefined ? whole : [...ofMessage(summary), ...whole];
}

function ofMessage({ call, actor }: CallSummary): readonly Attribute[] {
  const { method, revision, id, target } = call;
  return [
    [ATTRIBUTE.method, method === '' ? undefined : method],
    [ATTRIBUTE.protocolVersion, revision],
    [ATTRIBUTE.requestId, id === undefined ? undefined : String(id)],
    [ATTRIBUTE.operation, method === 'tools/call' ? EXECUTE_TOOL : undefined],
    [ATTRIBUTE.toolName, target.kind === 'tool' ? target.name : undefined],
    [ATTRIBUTE.promptName, target.kind === 'prompt' ? target.name : undefined],
    [ATTRIBUTE.resourceUri, target.kind === 'resource' ? target.uri : undefined],
    [ATTRIBUTE.agentId, actor],
  ];
}

function own({ trace, ending, keptFor }: KeptTrace): readonly Attribute[] {
  const whole: readonly Attribute[] = [
    [OWN_ATTRIBUTE.decisionId, trace.decisionId],
    [OWN_ATTRIBUTE.keptFor, keptFor],
  ];
  if (ending.kind === 'over') {
    const { kind, replyBytes, rpcErrorCode, operatorDetail, reason } = ending.outcome;
    return [
      ...whole,
      [OWN_ATTRIBUTE.verdict, 'allow'],
      [OWN_ATTRIBUTE.outcome, kind],
      [OWN_ATTRIBUTE.reason, reason],
      [OWN_ATTRIBUTE.replyBytes, replyBytes],
      [OWN_ATTRIBUTE.detail, operatorDetail],
      [ATTRIBUTE.rpcStatus, rpcErrorCode === undefined ? undefined : String(rpcErrorCode)],
    ];
  }
  const { kind, stage, reason, operatorDetail } = ending.refusal;
  return [
    ...whole,
    [OWN_ATTRIBUTE.verdict, kind],
    [OWN_ATTRIBUTE.stage, stage],
    [OWN_ATTRIBUTE.reason, reason],
    [OWN_ATTRIBUTE.detail, operatorDetail],
  ];
}

/** Each check from its begin to that of the next one. */
function checksOf({ trace, endedMs }: KeptTrace): readonly { name: string; fromMs: number; toMs: number }[] {
  const { marks, decidedMs = endedMs } = trace;
  return marks.map((fromMs, index) => ({
    name: STAGES[index] ?? 'admit',
    fromMs: wallOf(trace, fromMs),
    toMs: wallOf(trace, marks[index + 1] ?? decidedMs),
  }));
}

function checkEvents(kept: KeptTrace): readonly SpanEvent[] {
  return checksOf(kept).map(({ name, fromMs }) => ({ name, atMs: fromMs, attributes: {} }));
}

function checkSpans(kept: KeptTrace, options: SpanOptions): readonly FinishedSpan[] {
  if (options.checks !== 'spans') return [];
  const { place, ending } = kept;
  const stopped = ending.kind === 'refused' ? ending.refusal : undefined;
  return checksOf(kept).map(({ name, fromMs, toMs }) => {
    const stoppedHere = stopped?.stage === name ? stopped : undefined;
    return {
      name,
      kind: 'internal',
      traceId: place.traceId,
      spanId: options.newSpanId(),
      parent: place,
      parentIsRemote: false,
      startMs: fromMs,
      endMs: toMs,
      failed: stoppedHere?.kind === 'fault',
      attributes: named([[OWN_ATTRIBUTE.reason, stoppedHere?.reason]], options.names),
      links: [],
      events: [],
    };
  });
}

/** One for each try, or one in all where nobody told of tries. The last try is the one whose id the tool server was told. */
function tripsOf(kept: KeptTrace, options: SpanOptions): readonly FinishedSpan[] {
  const { trace, place } = kept;
  if (trace.departedMs === undefined || tripCount(kept) === 0) return [];
  const tries = trace.attempts.toSorted((one, other) => one.startedAtMs - other.startedAtMs);
  if (tries.length === 0) return [wholeTrip(kept, trace.departedMs, options)];
  return tries.map((attempt, index) => {
    const isLast = index === tries.length - 1;
    const span = tripSpan(kept, isLast ? place.tripId : options.newSpanId());
    return { ...span, ...tried(kept, { attempt, index, isLast }, options) };
  });
}

function wholeTrip(kept: KeptTrace, departedMs: number, options: SpanOptions): FinishedSpan {
  const { trace, place, endedMs } = kept;
  const error = errorOf(kept.ending);
  return {
    ...tripSpan(kept, place.tripId),
    startMs: wallOf(trace, departedMs),
    endMs: wallOf(trace, endedMs),
    failed: error !== undefined,
    attributes: named([...conventional(trace), ...replied(kept)], options.names),
  };
}

/** What the tool server replied, as the client of the trip sees it: there every JSON-RPC error is one. */
function replied({ ending, trace }: KeptTrace): readonly Attribute[] {
  if (ending.kind === 'refused') return [];
  const { httpStatus, rpcErrorCode } = ending.outcome;
  return [
    [ATTRIBUTE.errorType, errorTypeOfOutcome(ending.outcome)?.type],
    [ATTRIBUTE.httpStatus, httpStatus],
    [ATTRIBUTE.rpcStatus, rpcErrorCode === undefined ? undefined : String(rpcErrorCode)],
    ...addressed(trace.upstream),
  ];
}

type Tried = Pick<FinishedSpan, 'startMs' | 'endMs' | 'failed' | 'attributes'>;

function tried(
  kept: KeptTrace,
  { attempt, index, isLast }: { attempt: UpstreamAttempt; index: number; isLast: boolean },
  options: SpanOptions,
): Tried {
  const { startedAtMs, durationMs, upstream, httpStatus, failure } = attempt;
  const reply = isLast ? replied(kept) : [];
  const failed = failure !== undefined || (httpStatus ?? 0) >= 500 || (isLast && errorOf(kept.ending) !== undefined);
  return {
    startMs: startedAtMs,
    endMs: startedAtMs + durationMs,
    failed,
    attributes: named(
      [
        ...conventional(kept.trace),
        ...reply,
        [ATTRIBUTE.httpStatus, httpStatus],
        [ATTRIBUTE.resendCount, index === 0 ? undefined : index],
        ...addressed(upstream),
        [ATTRIBUTE.errorType, failure ?? (httpStatus !== undefined && httpStatus >= 500 ? HTTP_FAILED : undefined)],
      ],
      options.names,
    ),
  };
}

function tripSpan({ trace, place }: KeptTrace, spanId: string): FinishedSpan {
  return {
    name: nameOf(trace),
    kind: 'client',
    traceId: place.traceId,
    spanId,
    parent: place,
    parentIsRemote: false,
    startMs: 0,
    endMs: 0,
    failed: false,
    attributes: {},
    links: [],
    events: [],
  };
}
