import type { Facts } from '../../decision/facts.ts';
import { deny, type Refusal } from '../../decision/verdict.ts';
import type { EnvoyDoor } from '../envoy/envoy-door.ts';
import { GRPC_CODE, GrpcError } from '../grpc/grpc-error.ts';
import type { StreamCall } from '../grpc/grpc-server.ts';
import { writeRefusal } from '../refusal/write-refusal.ts';
import { reportUnseen } from '../reply/report-unseen.ts';
import { type Answer, instead, lastResort, reply } from './answer.ts';
import { attributesOf } from './attributes.ts';
import { beginExchange } from './begin-exchange.ts';
import { PASS_REPLY } from './body-modes.ts';
import { isEnvoysOwn } from './envoys-own-reply.ts';
import { canStillAnswer, mayCome, type StreamPhase } from './phases.ts';
import type { ProcessingMessage, ProcessingRequest } from './processing-request.ts';
import { protocolFlaw } from './protocol-flaw.ts';
import { readProcessingRequest } from './read-processing-request.ts';
import { ReplyCourse, type ReplyCourseOptions } from './reply-course.ts';
import type { AllowedExchange, RequestHeaders, RequestSide, RequestStep } from './request-step.ts';
import { writeHeadersReply } from './write-processing-response.ts';

const NOTHING: Answer = { kind: 'nothing' };

export interface ProcessStreamOptions<F extends Facts> extends ReplyCourseOptions {
  readonly door: EnvoyDoor<F>;
  readonly request: RequestSide<F>;
  readonly call: StreamCall;
}

/**
 * One exchange as Envoy shows it, message by message (one stream of ext_proc): each gets exactly one answer of its own kind,
 * or what is said instead of the tool server ends the stream.
 *
 * What does not belong where it comes, or cannot be read, is never answered with consent: the client gets a Fault while it
 * has got nothing yet, and else the stream ends with an error, which Envoy makes an end of the exchange.
 */
export class ProcessStream<F extends Facts> implements Disposable {
  readonly #options: ProcessStreamOptions<F>;
  /** Until there is a reply to wait for, which has its own. */
  #phase: StreamPhase = 'request-headers';
  /** The request was answered from here: nothing more is said. */
  #refused = false;
  #reply: ReplyCourse<F> | undefined;

  constructor(options: ProcessStreamOptions<F>) {
    this.#options = options;
  }

  /** Whether Envoy needs nothing more, so that the stream may end with OK. */
  get complete(): boolean {
    return this.#ended || this.#at === 'over';
  }

  get #ended(): boolean {
    return this.#refused || this.#reply?.ended === true;
  }

  get #at(): StreamPhase {
    return this.#reply?.phase ?? this.#phase;
  }

  /**
   * What to say to one message of Envoy.
   *
   * @throws GrpcError when nothing can be said any more that would not be consent.
   */
  async answer(bytes: Uint8Array): Promise<Answer> {
    if (this.#ended) return NOTHING;
    try {
      const request = readProcessingRequest(bytes);
      if (request.kind === 'refused') return this.#misled(`unreadable ProcessingRequest: ${request.why}`);
      const { message } = request;
      if (message.kind === 'nothing') return NOTHING;
      if (!mayCome(this.#at, message.kind)) return this.#misled(`${message.kind} at ${this.#at}`);
      return await this.#route(request, message);
    } catch (error) {
      if (error instanceof GrpcError) throw error;
      this.#options.door.onError(error);
      return this.#misled('an error of our own', error);
    }
  }

  /** The stream is over, and what it held is given back. */
  [Symbol.dispose](): void {
    this.#options.request.abandon();
    this.#reply?.[Symbol.dispose]();
  }

  async #route(request: ProcessingRequest, message: Exclude<ProcessingMessage, { kind: 'nothing' }>): Promise<Answer> {
    const side = this.#options.request;
    switch (message.kind) {
      case 'request-headers':
        return await this.#onRequestHeaders(request, message);
      case 'request-body':
        return this.#afterRequest(await side.onBody(message));
      case 'request-trailers':
        return this.#instead(side.refuse('trailers in place of a body'));
      case 'response-headers':
        return this.#onResponseHeaders(request, message);
      case 'response-body':
        return (await this.#reply?.onBody(message)) ?? this.#misled('a reply without a request');
      case 'response-trailers':
        return (await this.#reply?.onTrailers()) ?? this.#misled('a reply without a request');
    }
  }

  async #onRequestHeaders(request: ProcessingRequest, headers: RequestHeaders): Promise<Answer> {
    const side = this.#options.request;
    // Envoy would not heed a refusal either: it has to be ended otherwise.
    if (request.observabilityMode) throw new GrpcError(GRPC_CODE.FAILED_PRECONDITION, 'observability_mode is set');
    const flaw = protocolFlaw(request);
    if (flaw !== undefined) return this.#instead(side.refuse(flaw));
    return this.#afterRequest(await side.onHeaders(request, headers));
  }

  #onResponseHeaders(request: ProcessingRequest, headers: RequestHeaders): Answer {
    const said = attributesOf(request);
    if (this.#reply !== undefined) return this.#reply.onHeaders(headers, said);
    // The request never passed. What Envoy says itself, the client may know; what it says somebody else said, it may not.
    if (!isEnvoysOwn(said.codeDetails)) return this.#misled('a reply to a request that was not let pass');
    this.#options.request.abandon();
    this.#phase = 'over';
    return reply(writeHeadersReply('response', { set: [], remove: [], modes: PASS_REPLY }));
  }

  #afterRequest(step: RequestStep<F>): Answer {
    switch (step.kind) {
      case 'instead':
        return this.#instead(step);
      case 'held':
        this.#phase = 'request-body';
        return reply(step.answer);
      case 'passes':
        return this.#pass(step.answer, step.allowed);
    }
  }

  #pass(answer: Uint8Array, allowed: AllowedExchange<F>): Answer {
    const { door, call } = this.#options;
    if (call.signal.aborted) return this.#turnAway(allowed, deny('admit', 'http.caller-gone'));
    let early: Refusal | undefined;
    const begun = beginExchange(door, allowed, (refusal) => {
      early ??= refusal;
      this.#reply?.end(refusal);
    });
    if (!('exchange' in begun)) return this.#turnAway(allowed, begun);
    if (early !== undefined) {
      begun[Symbol.dispose]();
      return this.#turnAway(allowed, early);
    }
    this.#reply = new ReplyCourse(begun, this.#options);
    return reply(answer);
  }

  /** It was allowed, and it is not sent: there is no room for it, or no longer a reason. */
  #turnAway({ claimed, server }: AllowedExchange<F>, refusal: Refusal): Answer {
    const { received, facts, decisionId, recorder } = claimed;
    const operatorDetail = refusal.operatorDetail ?? refusal.reason;
    reportUnseen({ recorder, clock: this.#options.door.clock }, received, 'undelivered', operatorDetail);
    const refused = { received, refusal, call: facts.call, server };
    return this.#instead({ kind: 'instead', decisionId, reply: writeRefusal(refused) });
  }

  #instead({ decisionId, reply: said }: Extract<RequestStep<F>, { readonly kind: 'instead' }>): Answer {
    this.#refused = true;
    return instead(decisionId, said);
  }

  /** Something is not as it must be: the client is told so if it can be, and else the exchange ends. */
  #misled(operatorDetail: string, cause: unknown = new Error(operatorDetail)): Answer {
    const { door, request } = this.#options;
    if (!canStillAnswer(this.#at)) throw new GrpcError(GRPC_CODE.FAILED_PRECONDITION, 'unexpected message');
    try {
      return this.#reply?.fail(cause) ?? this.#instead(request.refuse(operatorDetail));
    } catch (error) {
      door.onError(error);
      this.#refused = true;
      return lastResort();
    }
  }
}
