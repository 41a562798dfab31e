import type { ReasonCode } from '../../call/reason.ts';
import { type SseBatch, type SseEvent, SseReader } from '../../call/sse.ts';
import type { Facts } from '../../decision/facts.ts';
import { readReply, valueAt } from '../../outcome/read-reply.ts';
import { type BadEnding, replaced, upstreamFailed } from './bad-ending.ts';
import type { ReplyExchange } from './reply-exchange.ts';
import { isKept, safeBlock } from './sse-block.ts';

/** What is to be done next with a stream. */
export type RelayStep =
  /** Send these bytes, which may be none, and ask again. */
  | { readonly kind: 'send'; readonly bytes: Uint8Array }
  /** All that is complete was taken, and no longer counts as held: push the next chunk, or end. */
  | { readonly kind: 'wait' }
  /** The stream is at its end, and its caller has what it asked for. */
  | { readonly kind: 'over' }
  /** Nothing more of the stream may pass: it ends here, with `badLastEvent`. */
  | { readonly kind: 'ends-badly'; readonly ending: BadEnding };

/** What is sent of a message that is not for this caller. */
const NOTHING = new Uint8Array();
const WAIT: RelayStep = { kind: 'wait' };
const OVER: RelayStep = { kind: 'over' };
const CUT: RelayStep = { kind: 'ends-badly', ending: upstreamFailed('upstream.cut') };

/**
 * Judges an event stream as it comes, in any chunks: `push()` a chunk, or `end()` at the end, and then take `next()` until it
 * is no `send`.
 *
 * A block passes as soon as it is complete, byte for byte when nothing changes and every client reads the same in it. It is
 * judged when it is taken: what a slow client has not asked for yet meets the rules of later. What is held is one block and
 * one chunk, within the exchange's lease.
 */
export class EventRelay<F extends Facts = Facts> {
  readonly #exchange: ReplyExchange<F>;
  readonly #status: number;
  readonly #reader: SseReader;
  /** Complete blocks, and how many of them were taken. */
  #events: readonly SseEvent[] = [];
  #taken = 0;
  /** Bytes of the stream that are held. */
  #held = 0;
  /** The step when all blocks were taken. */
  #rest: RelayStep = WAIT;
  #ended = false;
  #lastMessage: Uint8Array | undefined;
  /** Whether that was changed for its caller. */
  #changed = false;
  /** Whether an event had an id, so that the client can come back for the rest. */
  #resumable = false;

  /** `status` is the upstream's. */
  constructor(exchange: ReplyExchange<F>, status: number) {
    this.#exchange = exchange;
    this.#status = status;
    this.#reader = new SseReader(exchange.server.maxReplyBytes);
  }

  /**
   * The next bytes of the stream.
   *
   * @throws Error when `next()` was not taken up to its `wait`: blocks would be lost.
   */
  push(chunk: Uint8Array): void {
    if (!this.#waits()) return;
    this.#held += chunk.byteLength;
    if (this.#exchange.lease.resize(this.#held)) this.#take(this.#reader.push(chunk));
    else this.#rest = this.#badly('overload.busy');
  }

  /** The stream is at its end. @throws Error as `push()` does. */
  end(): void {
    if (!this.#waits()) return;
    this.#ended = true;
    this.#take(this.#reader.end());
  }

  /** Whether a block is complete and was not taken yet. */
  get hasBlock(): boolean {
    return this.#taken < this.#events.length;
  }

  /** What to do now; to be asked when what was taken before has been sent. After `over` and `ends-badly` it stays with that. */
  next(): RelayStep {
    const event = this.#events[this.#taken];
    if (event === undefined) return this.#afterAll();
    this.#taken += 1;
    const step = this.#judged(event);
    if (step.kind === 'send') this.#exchange.outcome.replyBytes += step.bytes.byteLength;
    else this.#stop(step);
    return step;
  }

  /** Whether more may come; nothing more does after the last step. */
  #waits(): boolean {
    if (this.hasBlock) throw new Error('there are blocks that were not taken');
    return this.#rest === WAIT;
  }

  #take({ kind, events }: SseBatch): void {
    this.#events = events;
    this.#taken = 0;
    if (kind === 'too-large') this.#rest = this.#badly('reply.too-large');
  }

  #stop(step: RelayStep): void {
    this.#events = [];
    this.#rest = step;
  }

  #badly(reason: ReasonCode): RelayStep {
    return { kind: 'ends-badly', ending: replaced(reason, this.#status) };
  }

  /** What was taken is with the client, or on its way there: it is held no longer. */
  #afterAll(): RelayStep {
    if (this.#rest !== WAIT) return this.#rest;
    for (const { raw } of this.#events) this.#held -= raw.byteLength;
    this.#events = [];
    this.#exchange.lease.resize(this.#held);
    if (this.#ended) this.#rest = this.#atTheEnd();
    return this.#rest;
  }

  #atTheEnd(): RelayStep {
    if (this.#isUnanswered()) return CUT;
    const { fallbacks, facts } = this.#exchange;
    if (this.#lastMessage !== undefined && !this.#changed) fallbacks.keep(this.#lastMessage, facts);
    return OVER;
  }

  /** Comments, retry hints and priming events have nothing to judge. */
  #judged(event: SseEvent): RelayStep {
    if (isKept(event.id)) this.#resumable = true;
    if (event.data === undefined || event.data.byteLength === 0) return { kind: 'send', bytes: safeBlock(event) };
    const judged = this.#exchange.judge().judge(event.data);
    if (judged.kind === 'reject') return this.#badly(judged.reason);
    if (judged.kind === 'drop') return { kind: 'send', bytes: NOTHING };
    this.#changed = judged.kind === 'replace';
    this.#lastMessage = judged.kind === 'replace' ? judged.bytes : event.data;
    return { kind: 'send', bytes: judged.kind === 'replace' ? safeBlock(event, judged.bytes) : safeBlock(event) };
  }

  /**
   * Whether a request would be left without its answer. A legacy server may end a stream early on purpose when its events
   * have ids: the client then comes back with Last-Event-ID (2025-11-25, "Resumability").
   */
  #isUnanswered(): boolean {
    const { kind, era, id } = this.#exchange.facts.call;
    const message = this.#lastMessage;
    if (kind !== 'request' || (era === 'legacy' && this.#resumable)) return false;
    const reply = message === undefined ? undefined : readReply(message);
    // The server may cancel a subscription instead of answering it (2026-07-28, "Cancellation").
    if (reply?.kind === 'notification') return reply.method !== 'notifications/cancelled';
    if (message === undefined || reply === undefined || reply.kind === 'request') return true;
    return reply.id === undefined || valueAt(message, reply.id) !== id;
  }
}
