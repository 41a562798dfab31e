import { ATTRIBUTE, EXECUTE_TOOL, INVOKE_AGENT, OWN_ATTRIBUTE } from './attribute-names.ts';
import type { CallTrace, PlainRequest } from './call-trace.ts';
import type { FinishedSpan } from './finished-span.ts';
import { errorOf, type KeptTrace } from './kept-trace.ts';
import {
  addressed,
  type Attribute,
  type AttributeNaming,
  knownMethod,
  methodAttribute,
  named,
} from './span-attributes.ts';
import { wallOf } from './wall-of.ts';

/**
 * The spans of a request on a plain HTTP route: what it does for the agent, by the conventions for generative AI, and below it
 * the HTTP request to where the route leads. One that was not sent has no second one.
 */
export function plainSpans(
  kept: KeptTrace,
  plain: PlainRequest,
  { names }: { readonly names: AttributeNaming },
): readonly FinishedSpan[] {
  const { trace, place, endedMs } = kept;
  const error = errorOf(kept.ending);
  const whole: FinishedSpan = {
    name: nameOf(trace, plain),
    kind: plain.route.serves === 'tool' ? 'internal' : 'client',
    traceId: place.traceId,
    spanId: place.spanId,
    parent: place.parent,
    parentIsRemote: true,
    startMs: Math.min(trace.receivedAtMs, trace.startedAtMs),
    endMs: wallOf(trace, endedMs),
    failed: error?.isFailure === true,
    attributes: named([...about(kept, plain), ...own(kept), [ATTRIBUTE.errorType, error?.type]], names),
    links: place.links,
    events: [],
  };
  const { departedMs } = trace;
  if (departedMs === undefined) return [whole];
  const request: FinishedSpan = {
    ...whole,
    name: requestName(trace, plain),
    kind: 'client',
    spanId: place.tripId,
    parent: place,
    parentIsRemote: false,
    startMs: wallOf(trace, departedMs),
    failed: error !== undefined,
    attributes: named([...sent(kept, plain), [ATTRIBUTE.errorType, error?.type]], names),
    links: [],
  };
  return [whole, request];
}

/** Only names of the configuration and of closed tables: no caller makes names of spans. */
function nameOf(trace: CallTrace, plain: PlainRequest): string {
  const { route, operation } = plain;
  switch (route.serves) {
    case 'tool':
      return `${EXECUTE_TOOL} ${route.name}`;
    case 'agent':
      return `${INVOKE_AGENT} ${route.name}`;
    case 'model':
      return operation === '_other' ? requestName(trace, plain) : operation;
  }
}

function requestName({ httpMethod }: CallTrace, { route }: PlainRequest): string {
  return `${knownMethod(httpMethod) ?? 'HTTP'} ${route.prefix}`;
}

function about({ ending }: KeptTrace, { route, operation, agent }: PlainRequest): readonly Attribute[] {
  switch (route.serves) {
    case 'tool':
      return [
        [ATTRIBUTE.operation, EXECUTE_TOOL],
        [ATTRIBUTE.toolName, route.name],
        [ATTRIBUTE.agentId, agent],
      ];
    case 'agent':
      // The agent of the conventions is the one that is asked.
      return [
        [ATTRIBUTE.operation, INVOKE_AGENT],
        [ATTRIBUTE.agentName, route.name],
        [OWN_ATTRIBUTE.caller, agent],
      ];
    case 'model': {
      const tokens = ending.kind === 'over' ? ending.outcome.tokens : undefined;
      return [
        [ATTRIBUTE.operation, operation === '_other' ? undefined : operation],
        [ATTRIBUTE.provider, route.provider],
        [ATTRIBUTE.agentId, agent],
        // What came from a cache is input, too.
        [ATTRIBUTE.inputTokens, tokens && tokens.input + tokens.cacheRead + tokens.cacheWrite],
        [ATTRIBUTE.outputTokens, tokens?.output],
      ];
    }
  }
}

/** It is passed through unjudged: there is no verdict unless it is refused. */
function own({ trace, ending, keptFor }: KeptTrace): readonly Attribute[] {
  const refusal = ending.kind === 'refused' ? ending.refusal : undefined;
  const outcome = ending.kind === 'over' ? ending.outcome : undefined;
  return [
    [OWN_ATTRIBUTE.server, trace.server],
    [OWN_ATTRIBUTE.decisionId, trace.decisionId],
    [OWN_ATTRIBUTE.keptFor, keptFor],
    [OWN_ATTRIBUTE.verdict, refusal?.kind],
    [OWN_ATTRIBUTE.stage, refusal?.stage],
    [OWN_ATTRIBUTE.reason, refusal?.reason ?? outcome?.reason],
    [OWN_ATTRIBUTE.outcome, outcome?.kind],
    [OWN_ATTRIBUTE.detail, refusal?.operatorDetail],
    [ATTRIBUTE.clientAddress, trace.peerAddress],
  ];
}

function sent({ trace, ending }: KeptTrace, { route }: PlainRequest): readonly Attribute[] {
  return [
    methodAttribute(trace.httpMethod),
    [ATTRIBUTE.protocolName, 'http'],
    [ATTRIBUTE.httpStatus, ending.kind === 'over' ? ending.outcome.httpStatus : undefined],
    [OWN_ATTRIBUTE.server, route.name],
    ...addressed(route.upstream),
  ];
}
