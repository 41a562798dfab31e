import type { ReasonCode } from '../../call/reason.ts';
import { headerValues, type Received } from '../../call/received.ts';
import { editBody } from '../../call/edit-body.ts';
import { traceReplacements } from '../../call/trace-members.ts';
import type { OutgoingTrace } from '../../decision/call-traces.ts';
import type { Facts } from '../../decision/facts.ts';
import { type Handled, handle } from '../../decision/handle.ts';
import { isAllow } from '../../decision/record.ts';
import { fault } from '../../decision/verdict.ts';
import type { EnvoyAssembly, EnvoyServer } from '../envoy/envoy-assembly.ts';
import type { EnvoyDoor } from '../envoy/envoy-door.ts';
import { carrierIn, isMislengthed, receivedOf } from '../envoy/received-of.ts';
import type { StreamCall } from '../grpc/grpc-server.ts';
import { blankReceived } from '../request/blank-received.ts';
import { headerMutations } from '../envoy/header-mutations.ts';
import { nameServer, type ShownPlace } from '../envoy/name-server.ts';
import { metadataReply } from '../refusal/metadata.ts';
import { answerRefused } from '../refusal/stand-in-reply.ts';
import { writeRefusal } from '../refusal/write-refusal.ts';
import { reportUnseen } from '../reply/report-unseen.ts';
import { placeRequest } from '../request/place-request.ts';
import { verdictMetadata } from './answer.ts';
import { attributesOf } from './attributes.ts';
import { HOLD_REQUEST, PASS_REQUEST } from './body-modes.ts';
import { doorRefusal, refuseAtDoor } from '../refusal/door-refusal.ts';
import type { ProcessingRequest } from './processing-request.ts';
import type { RequestBody, RequestHeaders, RequestSide, RequestStep } from './request-step.ts';
import { type HeaderChange, writeBodyReply, writeHeadersReply } from './write-processing-response.ts';

type Instead<F extends Facts> = Extract<RequestStep<F>, { readonly kind: 'instead' }>;

/** Where a request goes, as Envoy shows it. */
interface Way extends ShownPlace {
  readonly method: string;
  readonly path: string;
  /** Of Envoy's listener. */
  readonly port: number | undefined;
}

/**
 * The request side of the wiring `inspect`: the stream shows the request, headers and then the whole body, and the checks
 * decide here.
 */
export class DecideRequest<F extends Facts> implements RequestSide<F> {
  readonly #door: EnvoyDoor<F>;
  /** The assembly that was current when the request came, or when its body had. */
  #assembly: EnvoyAssembly<F>;
  readonly #gone: AbortSignal;
  #received: Received;
  #way: Way | undefined;
  #server: EnvoyServer | undefined;

  /** @param call Its signal aborts when nobody waits for an answer any more. */
  constructor(door: EnvoyDoor<F>, { signal, metadata }: Pick<StreamCall, 'signal' | 'metadata'>) {
    this.#door = door;
    this.#assembly = door.current();
    this.#gone = signal;
    const received = blankReceived(door.clock.nowMs());
    this.#received = this.#assembly.traces === undefined ? received : { ...received, askedIn: carrierIn(metadata) };
  }

  async onHeaders(request: ProcessingRequest, { headers, endOfStream }: RequestHeaders): Promise<RequestStep<F>> {
    const { routeName: named, source, destination, port } = attributesOf(request);
    const only = (name: string): string => onlyValue(headers, name);
    const shown = { method: only(':method'), host: only(':authority'), headers, body: undefined };
    this.#received = receivedOf(this.#received, shown, this.#door.readPeer(source, headers));
    this.#way = { method: shown.method, path: only(':path'), named, destination, port };
    const refused = this.#place(this.#way);
    if (refused !== undefined) return refused;
    if (endOfStream) return isMislengthed(shown) ? this.#refuseFor('http.framing') : await this.#decide('headers');
    // Only with POST is a body waited for: of other methods none is carried, and what follows may be trailers alone.
    if (shown.method !== 'POST') return this.#refuseFor('http.framing', 'a body, and no POST');
    return { kind: 'held', answer: writeHeadersReply('request', { set: [], remove: [], modes: HOLD_REQUEST }) };
  }

  async onBody({ body, endOfStream }: RequestBody): Promise<RequestStep<F>> {
    const refused = this.#placeAnew();
    if (refused !== undefined) return refused;
    const server = this.#server;
    if (server === undefined) return this.refuse('a body without its headers');
    if (body.byteLength > server.maxBodyBytes) return this.#refuseFor('body.too-large');
    if (!endOfStream) return this.#refuseFor('http.framing', 'trailers behind the body');
    if (isMislengthed({ headers: this.#received.headers, body })) return this.#refuseFor('http.framing');
    this.#received = { ...this.#received, body };
    return await this.#decide('body');
  }

  refuse(operatorDetail: string): Instead<F> {
    return this.#refuseFor('fault.internal', operatorDetail);
  }

  /** Nothing is held here before the request passes. */
  abandon(): void {}

  /** The configuration may have changed since the headers came: what it says now is what counts. */
  #placeAnew(): Instead<F> | undefined {
    const current = this.#door.current();
    if (this.#way === undefined || current === this.#assembly) return undefined;
    this.#assembly = current;
    return this.#place(this.#way);
  }

  /** Finds the server, or says why there is none. */
  #place({ method, path, port, ...shown }: Way): Instead<F> | undefined {
    const place = nameServer(this.#assembly, this.#door.serverFrom, shown);
    if (place.kind === 'unnamed') return this.#refuseFor('http.route', place.operatorDetail);
    const { server } = place;
    const placed = placeRequest(this.#received.headers, { method, path }, server, port);
    if (placed.kind === 'refused') return this.#refuseFor(placed.reason, placed.operatorDetail);
    if (placed.kind === 'metadata') {
      return { kind: 'instead', decisionId: this.#received.decisionId, reply: metadataReply(placed.resource) };
    }
    this.#server = server;
    this.#received = { ...this.#received, server: server.name };
    return undefined;
  }

  async #decide(at: 'headers' | 'body'): Promise<RequestStep<F>> {
    const server = this.#server;
    if (server === undefined) return this.refuse('no server');
    const received = this.#received;
    const handled = await handle<F>(received, this.#assembly, this.#gone);
    const { verdict } = handled;
    if (isAllow(verdict)) return await this.#allow(handled, verdict.facts, server, at);
    await handled.release();
    const refused = { received, refusal: verdict, call: handled.known.call, server };
    return { kind: 'instead', decisionId: received.decisionId, reply: answerRefused(refused) };
  }

  async #allow(handled: Handled<F>, facts: F, server: EnvoyServer, at: 'headers' | 'body'): Promise<RequestStep<F>> {
    const { decisionId } = this.#received;
    try {
      if (this.#gone.aborted) throw new Error('nobody waits for the answer any more');
      const answer = allowBytes(facts, server, at, this.#assembly.traces?.depart(decisionId));
      const claimed = this.#keep(handled, facts);
      if (claimed !== undefined) {
        // The stream may last: the bytes of the request are of no use to it.
        this.#received = claimed.received;
        return { kind: 'passes', answer, allowed: { claimed, server } };
      }
      throw new Error('no room for one more exchange');
    } catch (cause) {
      const refusal = fault('record', 'fault.internal', cause);
      const { recorder } = this.#assembly;
      const { clock } = this.#door;
      reportUnseen({ recorder, clock }, this.#received, 'undelivered', refusal.operatorDetail);
      await handled.withdraw();
      const reply = writeRefusal({ received: this.#received, refusal, call: facts.call, server });
      return { kind: 'instead', decisionId, reply };
    }
  }

  /** Opens the exchange, so that the access log can tell its outcome too, and takes it for this stream. */
  #keep({ release, withdraw }: Handled<F>, facts: F) {
    const received = this.#received;
    const { decisionId } = received;
    const { recorder, superseded } = this.#assembly;
    const opened = this.#door.exchanges.open({
      reply: 'judge',
      decisionId,
      recorder,
      release,
      withdraw,
      received,
      facts,
      superseded,
    });
    return opened ? this.#door.exchanges.claim(decisionId) : undefined;
  }

  #refuseFor(reason: ReasonCode, operatorDetail?: string): Instead<F> {
    const received = this.#received;
    const reply = refuseAtDoor(this.#assembly.recorder, received, doorRefusal(reason, operatorDetail));
    return { kind: 'instead', decisionId: received.decisionId, reply };
  }
}

/** A pseudo header; `''` when it is missing or there twice. */
function onlyValue(headers: RequestHeaders['headers'], name: string): string {
  const [value = '', ...others] = headerValues(headers, name);
  return others.length > 0 ? '' : value;
}

/** @throws RangeError when a header or an edit cannot be made. */
function allowBytes(
  facts: Facts,
  server: EnvoyServer,
  at: 'headers' | 'body',
  trace: OutgoingTrace | undefined,
): Uint8Array {
  const { call, handles } = facts;
  const { set, remove } = headerMutations(facts, server, trace);
  const change: HeaderChange = { set, remove, metadata: verdictMetadata(call.decisionId, 'allowed') };
  if (at === 'body') {
    const traced = trace === undefined ? [] : traceReplacements(call, trace);
    const edited = handles.edits.length > 0 || traced.length > 0;
    return writeBodyReply('request', edited ? { ...change, body: editBody(call, handles.edits, traced) } : change);
  }
  if (handles.edits.length > 0) throw new RangeError('a body would have to be changed, and there is none');
  return writeHeadersReply('request', { ...change, modes: PASS_REQUEST });
}
