import type { Call } from '../../call/call.ts';
import type { Received } from '../../call/received.ts';
import type { CallTraces, OutgoingTrace, TraceIds, UpstreamAttempt } from '../../decision/call-traces.ts';
import type { Facts } from '../../decision/facts.ts';
import type { Outcome, PassthroughRequest } from '../../decision/record.ts';
import type { Refusal } from '../../decision/verdict.ts';
import type { Clock } from '../../kit/clock.ts';
import { modelOperation } from '../model-operation.ts';
import { type CallTrace, type Carriers, placesIn, summaryOf, type TracedRoute, type TracePlace } from './call-trace.ts';
import type { IdSource } from './id-source.ts';
import { type Ending, errorOf, type KeptFor, type KeptTrace } from './kept-trace.ts';
import { writeTraceparent } from './trace-context.ts';

/** What the traces of a server go by. */
export interface TracedServer {
  /** Whether what its callers say of sampling, `tracestate` and baggage is taken over. */
  readonly trustTrace: boolean;
  /** Where the tool server is: `host:port`. */
  readonly upstream: string;
  /** Whether another proxy carries its calls and tells of its tries. */
  readonly triesAreTold: boolean;
}

export interface TraceBookOptions {
  readonly clock: Clock;
  readonly ids: IdSource;
  /** Share of calls that are kept whatever becomes of them, 0 to 1. */
  readonly sample: number;
  readonly slowMs: number;
  /** Most traces a second that are kept for another reason than that. */
  readonly keptPerSecond: number;
  readonly serverOf: (name: string) => TracedServer | undefined;
  readonly routeOf: (name: string) => TracedRoute | undefined;
  /** Takes a trace that is kept. Never throws. */
  readonly onKept: (kept: KeptTrace) => void;
  /** One that would have been kept is not: too many were a second, or too many calls are under way. */
  readonly onLeftOut: (why: 'rate' | 'open') => void;
}

/** Calls that are watched at once; the oldest makes room. */
const MAX_OPEN = 65_536;
/** Tries of one call that are kept. */
const MAX_TRIES = 16;
/** Longest wait for what another proxy tells of its tries, once the outcome is known, milliseconds. */
const TRIES_MS = 1000;
const SECOND_MS = 1000;
/** Requests whose refusal still comes although they are over. */
const MAX_REFUSED_LATE = 1024;

/**
 * The calls that are under way, each with its times. Whether spans are made of them is decided when a call is over: all that is
 * done for most calls is to take the time.
 */
export class TraceBook implements CallTraces {
  readonly #options: TraceBookOptions;
  readonly #open = new Map<string, CallTrace>();
  /** Over, and waiting for what is told of tries. */
  readonly #waiting = new Map<string, { readonly kept: KeptTrace; readonly timer: NodeJS.Timeout }>();
  /** Plain requests that failed upstream: what their caller is told is no further call. */
  readonly #failed = new Set<string>();
  #second = { sinceMs: -SECOND_MS, kept: 0 };

  constructor(options: TraceBookOptions) {
    this.#options = options;
  }

  /** A call begins with its first check. */
  begin({ decisionId, server, httpMethod, peer, receivedAtMs, askedIn }: Received): void {
    const { clock, serverOf } = this.#options;
    if (this.#open.size >= MAX_OPEN) this.#makeRoom();
    const startedMs = clock.monotonicMs();
    this.#open.set(decisionId, {
      decisionId,
      server,
      httpMethod,
      peerAddress: peer.address,
      receivedAtMs,
      askedIn,
      startedAtMs: clock.nowMs(),
      startedMs,
      marks: [startedMs],
      decidedMs: undefined,
      departedMs: undefined,
      summary: undefined,
      plain: undefined,
      place: undefined,
      upstream: serverOf(server)?.upstream,
      attempts: [],
    });
  }

  /** The check of that number begins; once for each, in order. What asks the same check again later is not the decision. */
  mark(decisionId: string, check: number): void {
    const marks = this.#open.get(decisionId)?.marks;
    if (marks?.length === check) marks.push(this.#options.clock.monotonicMs());
  }

  /** The call is cleared and about to be recorded. */
  cleared({ call, identity, target }: Facts): void {
    const trace = this.#open.get(call.decisionId);
    if (trace === undefined) return;
    trace.summary = summaryOf(call, identity, target.kind === 'tool');
    const server = this.#options.serverOf(trace.server);
    trace.place ??= this.#placeOf({ headers: call.headers, ...carrierOf(trace) }, server, call);
  }

  /** A request on a plain HTTP route is about to be recorded, and then passed on. */
  passing({ received, route, path, identity }: PassthroughRequest): void {
    this.begin({ ...received, server: route });
    const trace = this.#open.get(received.decisionId);
    const traced = this.#options.routeOf(route);
    if (trace === undefined || traced === undefined) return;
    trace.plain = { route: traced, operation: modelOperation(path), agent: identity?.actor ?? identity?.clientId };
    trace.place = this.#placeOf(received, traced, undefined);
  }

  /** It was recorded, or could not be. */
  recorded({ decisionId }: Pick<Call, 'decisionId'>): void {
    const trace = this.#open.get(decisionId);
    if (trace !== undefined) trace.decidedMs = this.#options.clock.monotonicMs();
  }

  /** The call is about to be refused: from now on its ids are known. One that no check has seen begins here. */
  refusing(received: Received, known: Partial<Facts>): void {
    if (this.#failed.delete(received.decisionId)) return;
    if (!this.#open.has(received.decisionId)) this.begin(received);
    const trace = this.#open.get(received.decisionId);
    if (trace === undefined) return;
    const { call, identity, target } = known;
    if (call !== undefined) trace.summary = summaryOf(call, identity, target?.kind === 'tool');
    const server = this.#options.serverOf(trace.server);
    const route = server === undefined ? this.#options.routeOf(trace.server) : undefined;
    if (route !== undefined) trace.plain ??= { route, operation: '_other', agent: undefined };
    trace.place ??= this.#placeOf(received, server ?? route, call);
  }

  /** It was refused. */
  refused({ decisionId }: Received, refusal: Refusal): void {
    this.#end(decisionId, { kind: 'refused', refusal });
  }

  /** What became of an allowed call is known. */
  over(outcome: Outcome): void {
    this.#end(outcome.decisionId, { kind: 'over', outcome });
  }

  depart(decisionId: string): OutgoingTrace | undefined {
    const trace = this.#open.get(decisionId);
    if (trace?.place === undefined) return undefined;
    trace.departedMs ??= this.#options.clock.monotonicMs();
    const { traceId, tripId, sampled, trusted, parent } = trace.place;
    const outgoing = { traceparent: writeTraceparent(traceId, tripId, sampled), sampled, trusted };
    return trusted && parent?.state !== undefined ? { ...outgoing, tracestate: parent.state } : outgoing;
  }

  attempted(decisionId: string, attempt: UpstreamAttempt): void {
    const waiting = this.#waiting.get(decisionId);
    const trace = waiting?.kept.trace ?? this.#open.get(decisionId);
    if (trace !== undefined && trace.attempts.length < MAX_TRIES) trace.attempts.push(attempt);
    if (waiting !== undefined) this.#tell(decisionId);
  }

  /** By which lines and records of a call are joined with its span; `undefined` before it is decided, and when it is over. */
  idsOf(decisionId: string): TraceIds | undefined {
    return this.#open.get(decisionId)?.place;
  }

  /** The span of a call as W3C Trace Context writes it, as long as `idsOf()` knows it. */
  traceparentOf(decisionId: string): string | undefined {
    const place = this.#open.get(decisionId)?.place;
    return place === undefined ? undefined : writeTraceparent(place.traceId, place.spanId, place.sampled);
  }

  /** Tells what waits: nothing more will be told. */
  close(): void {
    for (const decisionId of this.#waiting.keys()) this.#tell(decisionId);
  }

  #makeRoom(): void {
    const [oldest] = this.#open.keys();
    if (oldest !== undefined) this.#open.delete(oldest);
    this.#options.onLeftOut('open');
  }

  #placeOf(carriers: Carriers, goal: Pick<TracedServer, 'trustTrace'> | undefined, call: Call | undefined): TracePlace {
    const { ids, sample } = this.#options;
    const [parent, ...links] = placesIn(carriers, call);
    const trusted = goal?.trustTrace === true;
    const sampled = trusted && parent !== undefined ? parent.sampled : ids.share() < sample;
    const traceId = parent?.traceId ?? ids.traceId();
    return { traceId, parent, links, sampled, trusted, spanId: ids.spanId(), tripId: ids.spanId() };
  }

  #end(decisionId: string, ending: Ending): void {
    const trace = this.#open.get(decisionId);
    if (trace === undefined) return;
    this.#open.delete(decisionId);
    if (trace.plain !== undefined) this.#expectRefusal(decisionId, ending);
    const endedMs = this.#options.clock.monotonicMs();
    const keptFor = this.#keptFor(trace, ending, endedMs);
    if (keptFor === undefined || trace.place === undefined) return;
    const kept = { trace, place: trace.place, ending, endedMs, keptFor };
    if (this.#mayBeTold(kept)) this.#await(decisionId, kept);
    else this.#options.onKept(kept);
  }

  #expectRefusal(decisionId: string, ending: Ending): void {
    if (ending.kind !== 'over' || ending.outcome.kind !== 'upstream-failed') return;
    const [oldest] = this.#failed;
    if (this.#failed.size >= MAX_REFUSED_LATE && oldest !== undefined) this.#failed.delete(oldest);
    this.#failed.add(decisionId);
  }

  #keptFor({ place, startedMs }: CallTrace, ending: Ending, endedMs: number): KeptFor | undefined {
    if (place?.sampled === true) return 'sampled';
    const keptFor = this.#remarkable(ending, endedMs - startedMs);
    if (keptFor === undefined || this.#mayKeep(endedMs)) return keptFor;
    this.#options.onLeftOut('rate');
    return undefined;
  }

  #remarkable(ending: Ending, tookMs: number): Exclude<KeptFor, 'sampled'> | undefined {
    if (ending.kind === 'refused') return 'refusal';
    const error = errorOf(ending);
    if (error !== undefined && error.type !== 'cancelled') return 'error';
    return tookMs > this.#options.slowMs ? 'slow' : undefined;
  }

  #mayKeep(nowMs: number): boolean {
    if (nowMs - this.#second.sinceMs >= SECOND_MS) this.#second = { sinceMs: nowMs, kept: 0 };
    this.#second.kept += 1;
    return this.#second.kept <= this.#options.keptPerSecond;
  }

  #mayBeTold({ trace, ending }: KeptTrace): boolean {
    if (trace.plain !== undefined) return false;
    const departed = ending.kind === 'over' && ending.outcome.kind !== 'undelivered' && trace.departedMs !== undefined;
    return departed && trace.attempts.length === 0 && this.#options.serverOf(trace.server)?.triesAreTold === true;
  }

  #await(decisionId: string, kept: KeptTrace): void {
    const timer = setTimeout(() => this.#tell(decisionId), TRIES_MS).unref();
    this.#waiting.set(decisionId, { kept, timer });
  }

  #tell(decisionId: string): void {
    const waiting = this.#waiting.get(decisionId);
    if (waiting === undefined) return;
    clearTimeout(waiting.timer);
    this.#waiting.delete(decisionId);
    this.#options.onKept(waiting.kept);
  }
}

function carrierOf({ askedIn }: CallTrace): Pick<Carriers, 'askedIn'> {
  return askedIn === undefined ? {} : { askedIn };
}
