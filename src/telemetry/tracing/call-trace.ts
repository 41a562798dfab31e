import type { Call } from '../../call/call.ts';
import type { HeaderList, Received } from '../../call/received.ts';
import type { UpstreamAttempt } from '../../decision/call-traces.ts';
import type { Identity } from '../../decision/facts.ts';
import { isJsonObject } from '../../kit/json.ts';
import type { ModelOperation } from '../model-operation.ts';
import { readTraceContext, type TraceContext } from './trace-context.ts';

/** What a span says of a call, kept while it runs: none of its bytes and none of its arguments. */
export interface CallSummary {
  readonly call: Pick<Call, 'method' | 'kind' | 'revision' | 'id' | 'target'>;
  /** Whether the called tool is one of the catalogue: only such a name may be part of a span's. */
  readonly knownTool: boolean;
  readonly actor: string | undefined;
}

/** What a span says of a request on a plain HTTP route. */
export interface PlainRequest {
  readonly route: TracedRoute;
  readonly operation: ModelOperation;
  /** Who asks. */
  readonly agent: string | undefined;
}

/** A plain HTTP route, as its requests are traced. */
export interface TracedRoute {
  readonly name: string;
  /** `/docs` serves `/docs` and what is below it. */
  readonly prefix: string;
  /** What is behind it. */
  readonly serves: 'tool' | 'agent' | 'model';
  /** Whose API it is, of a model. */
  readonly provider: string | undefined;
  /** Where it leads: `host:port`. */
  readonly upstream: string;
  /** Whether what its callers say of sampling and `tracestate` is taken over. */
  readonly trustTrace: boolean;
}

/** The trace of one call while it runs: times, and what of it must be known before it is clear whether its spans are kept. */
export interface CallTrace {
  readonly decisionId: string;
  readonly server: string;
  readonly httpMethod: string;
  readonly peerAddress: string;
  /** Arrival, wall clock, milliseconds since the epoch. */
  readonly receivedAtMs: number;
  /** What a proxy that asks about it says of its own place. */
  readonly askedIn: Received['askedIn'];
  /** The first check, by both clocks: what is timed by one is told in the other. */
  readonly startedAtMs: number;
  readonly startedMs: number;
  /** When each check began, in the order of `STAGES`, by the monotonic clock. */
  readonly marks: number[];
  /** When the decision was made. */
  decidedMs: number | undefined;
  /** When the call left for its tool server. */
  departedMs: number | undefined;
  summary: CallSummary | undefined;
  /** What it is when it is no call of MCP: a request on a plain HTTP route. */
  plain: PlainRequest | undefined;
  place: TracePlace | undefined;
  /** Where the tool server is, as configured: `host:port`. */
  readonly upstream: string | undefined;
  /** What another proxy told of its tries. */
  readonly attempts: UpstreamAttempt[];
}

/** Where in which trace a call is. */
export interface TracePlace {
  readonly traceId: string;
  readonly parent: TraceContext | undefined;
  /** Places that the call also says it belongs to. */
  readonly links: readonly TraceContext[];
  /** Whether it was chosen for recording when it began. */
  readonly sampled: boolean;
  /** Whether the caller's own choice was taken over. */
  readonly trusted: boolean;
  /** Of the span of the call. */
  readonly spanId: string;
  /** Of the span of its trip to the tool server. */
  readonly tripId: string;
}

/** What is kept of a call for its spans. */
export function summaryOf(call: Call, identity: Identity | undefined, knownTool: boolean): CallSummary {
  const { method, kind, revision, id, target } = call;
  return { call: { method, kind, revision, id, target }, knownTool, actor: identity?.actor ?? identity?.clientId };
}

/**
 * The places that a request says it belongs to, the one that counts first: `_meta` of its message, which is about this very call;
 * then what the proxy that asks about it says of itself; then its header.
 */
export function placesIn({ headers, askedIn }: Carriers, call?: Pick<Call, 'params'>): readonly TraceContext[] {
  const places: TraceContext[] = [];
  const add = (place: TraceContext | undefined): void => {
    if (place !== undefined && places.every(({ spanId }) => spanId !== place.spanId)) places.push(place);
  };
  const meta = call?.params.get('_meta');
  if (isJsonObject(meta)) add(placeOf(meta.get('traceparent'), meta.get('tracestate')));
  if (askedIn !== undefined) add(placeOf(askedIn.traceparent, askedIn.tracestate));
  add(placeInHeaders(headers));
  return places;
}

/** Where a request may say what trace it belongs to. */
export type Carriers = Pick<Received, 'headers' | 'askedIn'>;

function placeOf(traceparent: unknown, tracestate: unknown): TraceContext | undefined {
  const state = typeof tracestate === 'string' ? tracestate : undefined;
  return typeof traceparent === 'string' ? readTraceContext(traceparent, state) : undefined;
}

/** Two of `traceparent` name no place (W3C Trace Context §3.2.2); `tracestate` may be written in several lines (§3.3.1). */
function placeInHeaders(headers: HeaderList): TraceContext | undefined {
  let parent: string | undefined;
  let state: string | undefined;
  for (const [name, value] of headers) {
    if (name === 'tracestate') state = state === undefined ? value : `${state},${value}`;
    else if (name === 'traceparent') {
      if (parent !== undefined) return undefined;
      parent = value;
    }
  }
  return placeOf(parent, state);
}
