import type { Facts } from '../../decision/facts.ts';
import { fault, type Refusal } from '../../decision/verdict.ts';
import type { StreamCall } from '../grpc/grpc-server.ts';
import { badReply, cancelled, reportBadEnding } from '../reply/bad-ending.ts';
import type { ReplyExchange } from '../reply/reply-exchange.ts';
import { type Answer, instead, reply } from './answer.ts';
import type { ExchangeAttributes } from './attributes.ts';
import type { RunningExchange } from './begin-exchange.ts';
import { isEnvoysOwn, upstreamFailure } from './envoys-own-reply.ts';
import { canStillAnswer, type StreamPhase } from './phases.ts';
import { answerBody, answerHead, endBadly, type JudgedReplyHead } from './reply-side.ts';
import { ReplyStream } from './reply-stream.ts';
import type { RequestBody, RequestHeaders } from './request-step.ts';
import { writeTrailersReply } from './write-processing-response.ts';

const NOTHING: Answer = { kind: 'nothing' };
const NO_BYTES = new Uint8Array(0);
/** Time in which Envoy's access log may say what became of an exchange whose stream ended early, milliseconds. */
const ACCESS_LOG_MS = 2000;

export interface ReplyCourseOptions {
  readonly call: Pick<StreamCall, 'send'>;
  /** Called when the call has to be ended from here, by a status that is not OK. */
  readonly onStuck: (error: unknown) => void;
}

/** The way of the reply to a request that has passed, from its head to its end. */
export class ReplyCourse<F extends Facts> implements Disposable {
  readonly #options: ReplyCourseOptions;
  readonly #running: RunningExchange<F>;
  #phase: StreamPhase = 'response-headers';
  /** The tool server has been replaced: nothing more is said. */
  #replaced = false;
  /** What the body that is to come is judged by. */
  #head: JudgedReplyHead | undefined;
  #events: ReplyStream<F> | undefined;

  constructor(running: RunningExchange<F>, options: ReplyCourseOptions) {
    this.#running = running;
    this.#options = options;
  }

  get phase(): StreamPhase {
    return this.#phase;
  }

  /** Whether the client has got its end from here: whatever Envoy still shows goes nowhere. */
  get ended(): boolean {
    return this.#replaced || (this.#events?.over === true && this.#phase !== 'over');
  }

  get #exchange(): ReplyExchange<F> {
    return this.#running.exchange;
  }

  /** Takes the head of the reply, with what Envoy says of it. */
  onHeaders(
    headers: RequestHeaders,
    { codeDetails, attempts = 0 }: Pick<ExchangeAttributes, 'codeDetails' | 'attempts'>,
  ): Answer {
    const exchange = this.#exchange;
    if (attempts > 1) exchange.outcome.attempts = attempts;
    if (isEnvoysOwn(codeDetails)) return this.#replace(endBadly(exchange, upstreamFailure(codeDetails)).answer);
    const { answer, head } = answerHead(exchange, headers);
    if (answer.kind === 'instead') return this.#replace(answer);
    this.#head = head;
    if (head === undefined) this.#phase = 'over';
    else if (head.form === 'events') this.#beginEvents(head);
    else this.#phase = 'response-body';
    return answer;
  }

  /** @throws GrpcError when the client does not read. */
  async onBody({ body, endOfStream }: RequestBody): Promise<Answer> {
    if (this.#events === undefined) return this.#onWholeBody(body, endOfStream);
    await this.#events.push(body, endOfStream);
    if (endOfStream) this.#phase = 'over';
    return NOTHING;
  }

  /** @throws GrpcError when the client does not read. */
  async onTrailers(): Promise<Answer> {
    if (this.#events !== undefined) await this.#events.finish();
    else if (this.#phase === 'response-body') {
      // There was no body at all.
      const answer = this.#onWholeBody(NO_BYTES, true);
      if (answer.kind === 'instead') return answer;
    }
    this.#phase = 'over';
    return reply(writeTrailersReply('response'));
  }

  /** Ends the exchange from here, whatever it is at: with an answer while there is none, or else with a last event. */
  end(refusal: Refusal): void {
    const ending = cancelled(refusal);
    if (this.#events !== undefined) return this.#events.end(ending);
    if (this.#replaced || !canStillAnswer(this.#phase)) return;
    const answer = this.#replace(instead(this.#exchange.received.decisionId, badReply(this.#exchange, ending)));
    reportBadEnding(this.#exchange, ending);
    if (answer.kind === 'instead') void this.#options.call.send(answer.bytes);
  }

  /** Answers in place of the tool server because something is not as it must be. */
  fail(cause: unknown): Answer {
    const refusal = fault('record', 'fault.internal', cause);
    return this.#replace(endBadly(this.#exchange, { refusal, outcome: 'replaced' }).answer);
  }

  /** The stream is over. What was held is given back, and an outcome that nobody could tell is left to the access log. */
  [Symbol.dispose](): void {
    const { exchange, told, leave } = this.#running;
    this.#running[Symbol.dispose]();
    leave();
    if (!told()) setTimeout(() => exchange.outcome.report('cancelled'), ACCESS_LOG_MS).unref();
  }

  #beginEvents({ status }: JudgedReplyHead): void {
    const { call, onStuck } = this.#options;
    this.#events = new ReplyStream({ call, exchange: this.#exchange, status, onStuck });
    this.#phase = 'response-events';
  }

  #onWholeBody(body: Uint8Array, endOfStream: boolean): Answer {
    if (this.#head === undefined) return this.fail(new Error('a body without its headers'));
    const answer = answerBody(this.#exchange, this.#head, body);
    if (answer.kind === 'instead') return this.#replace(answer);
    this.#phase = endOfStream ? 'over' : 'response-trailers';
    return answer;
  }

  #replace(answer: Answer): Answer {
    this.#replaced = true;
    return answer;
  }
}
