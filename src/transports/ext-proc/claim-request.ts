import type { Received } from '../../call/received.ts';
import { editBody } from '../../call/edit-body.ts';
import { traceReplacements } from '../../call/trace-members.ts';
import type { Facts } from '../../decision/facts.ts';
import { fault } from '../../decision/verdict.ts';
import type { ClaimedExchange } from '../../outcome/exchange-ledger.ts';
import type { EnvoyServer } from '../envoy/envoy-assembly.ts';
import type { EnvoyDoor } from '../envoy/envoy-door.ts';
import { blankReceived } from '../request/blank-received.ts';
import { writeRefusal } from '../refusal/write-refusal.ts';
import { reportUnseen } from '../reply/report-unseen.ts';
import { HOLD_REQUEST, PASS_REQUEST } from './body-modes.ts';
import { doorRefusal, refuseAtDoor } from '../refusal/door-refusal.ts';
import type { ProcessingRequest } from './processing-request.ts';
import type { RequestBody, RequestHeaders, RequestSide, RequestStep } from './request-step.ts';
import { writeBodyReply, writeHeadersReply } from './write-processing-response.ts';

const EXT_AUTHZ = 'envoy.filters.http.ext_authz';
const NO_CHANGE = { set: [], remove: [] } as const;

/**
 * The request side of the wiring `authorize`: ext_authz has decided, and its sealed hold says which exchange this stream is
 * for. What was to be changed is changed, in the very bytes that were judged.
 */
export class ClaimRequest<F extends Facts> implements RequestSide<F> {
  readonly #door: EnvoyDoor<F>;
  readonly #received: Received;
  #claimed: ClaimedExchange<F> | undefined;
  #server: EnvoyServer | undefined;

  constructor(door: EnvoyDoor<F>) {
    this.#door = door;
    this.#received = blankReceived(door.clock.nowMs());
  }

  async onHeaders({ metadata }: ProcessingRequest, { endOfStream }: RequestHeaders): Promise<RequestStep<F>> {
    const hold = metadata.get(EXT_AUTHZ)?.get('hold');
    const decisionId = typeof hold === 'string' ? this.#door.holds.open(hold) : undefined;
    if (decisionId === undefined) return this.refuse('no hold of this listener: forward metadata of ext_authz');
    const claimed = this.#door.exchanges.claim(decisionId);
    if (claimed === undefined) return this.refuse(`nothing to judge under decision ${decisionId}`);
    this.#claimed = claimed;
    this.#server = this.#door.current().servers.get(claimed.facts.call.server);
    if (this.#server === undefined) return this.refuse('the server was removed');
    if (claimed.reply === 'judge')
      return this.#passes(writeHeadersReply('request', { ...NO_CHANGE, modes: PASS_REQUEST }));
    if (endOfStream) return this.refuse('a body was to be changed, and there is none');
    return { kind: 'held', answer: writeHeadersReply('request', { ...NO_CHANGE, modes: HOLD_REQUEST }) };
  }

  async onBody({ body, endOfStream }: RequestBody): Promise<RequestStep<F>> {
    const { call, handles } = this.#claimed?.facts ?? {};
    if (call === undefined || handles === undefined) return this.refuse('a body without its headers');
    if (!endOfStream || !Buffer.from(call.body.buffer, call.body.byteOffset, call.body.byteLength).equals(body)) {
      return this.refuse('the body is not the one that was judged');
    }
    const trace = this.#door.current().traces?.depart(call.decisionId);
    const traced = trace === undefined ? [] : traceReplacements(call, trace);
    return this.#passes(writeBodyReply('request', { ...NO_CHANGE, body: editBody(call, handles.edits, traced) }));
  }

  refuse(operatorDetail: string): Extract<RequestStep<F>, { readonly kind: 'instead' }> {
    const claimed = this.#claimed;
    if (claimed === undefined) {
      const received = this.#received;
      const refusal = doorRefusal('fault.internal', operatorDetail);
      const { recorder } = this.#door.current();
      return { kind: 'instead', decisionId: received.decisionId, reply: refuseAtDoor(recorder, received, refusal) };
    }
    const refusal = fault('record', 'fault.internal', new Error(operatorDetail));
    this.#undelivered(operatorDetail);
    const { received, facts, decisionId } = claimed;
    const reply = writeRefusal({ received, refusal, call: facts.call, server: this.#server });
    return { kind: 'instead', decisionId, reply };
  }

  abandon(): void {
    this.#undelivered('the stream ended before the request had passed');
  }

  #passes(answer: Uint8Array): RequestStep<F> {
    const claimed = this.#claimed;
    const server = this.#server;
    if (claimed === undefined || server === undefined) return this.refuse('nothing was claimed');
    this.#claimed = undefined;
    return { kind: 'passes', answer, allowed: { claimed, server } };
  }

  #undelivered(operatorDetail: string): void {
    const claimed = this.#claimed;
    this.#claimed = undefined;
    if (claimed === undefined) return;
    const { recorder, received } = claimed;
    reportUnseen({ recorder, clock: this.#door.clock }, received, 'undelivered', operatorDetail);
  }
}
