import type { Facts } from '../../decision/facts.ts';
import { GRPC_CODE, GrpcError } from '../grpc/grpc-error.ts';
import type { StreamCall } from '../grpc/grpc-server.ts';
import { type BadEnding, badLastEvent, reportBadEnding } from '../reply/bad-ending.ts';
import { EventRelay } from '../reply/event-relay.ts';
import { blocksOf, newEventTurn } from '../reply/event-turn.ts';
import { reportAnswered } from '../reply/judge-body.ts';
import type { ReplyExchange } from '../reply/reply-exchange.ts';
import { takeTogether } from '../reply/take-together.ts';
import { writeStreamedBody } from './write-processing-response.ts';

/** Most bytes that one message to Envoy holds of a stream. */
const MAX_PIECE_BYTES = 64 * 1024;
/** Time that a client gets to read anything at all, milliseconds. */
const LINGER_MS = 10_000;
/** The slowest that a client may read, bytes in a second: what it does not read stays in memory. */
const MIN_READ_RATE = 64 * 1024;
/** Time in which what was begun must be taken once the stream is to end, milliseconds. */
const LAST_WORDS_MS = 1000;

const NOTHING = new Uint8Array(0);

export interface ReplyStreamOptions<F extends Facts> {
  readonly call: Pick<StreamCall, 'send'>;
  readonly exchange: ReplyExchange<F>;
  /** The tool server's. */
  readonly status: number;
  /** Called when a stream that was ended from here has to be cut off: its last words could not be said, or are not taken. */
  readonly onStuck: (error: unknown) => void;
}

/**
 * The event stream of a reply on its way through here (FULL_DUPLEX_STREAMED): Envoy keeps no copy, so what is not sent back
 * is not sent at all.
 *
 * Blocks that came together go out together, and others have their turn however many there are. A stream that is ended from
 * here gets its last event behind a whole block, never within one.
 */
export class ReplyStream<F extends Facts> {
  readonly #call: Pick<StreamCall, 'send'>;
  readonly #exchange: ReplyExchange<F>;
  readonly #status: number;
  readonly #relay: EventRelay<F>;
  readonly #onStuck: (error: unknown) => void;
  readonly #turn = newEventTurn();
  #ending: BadEnding | undefined;
  #busy = false;
  #over = false;
  /** Whether a piece came. Before that Envoy takes none for this stream: it would end it as something that nobody asked for. */
  #begun = false;
  /** Whether a piece was sent. */
  #sent = false;
  /** Whether trailers follow, so that they and not the last piece are the end. */
  #trailers = false;
  /** Makes the piece that is waited for wait no longer. */
  #hurry: (() => void) | undefined;

  constructor({ call, exchange, status, onStuck }: ReplyStreamOptions<F>) {
    this.#call = call;
    this.#exchange = exchange;
    this.#status = status;
    this.#onStuck = onStuck;
    this.#relay = new EventRelay(exchange, status);
  }

  /** Whether the client has got all that it will get. */
  get over(): boolean {
    return this.#over;
  }

  /**
   * Passes a chunk on, as far as it may; `last` when none follows.
   *
   * @throws GrpcError when the client does not read.
   */
  async push(chunk: Uint8Array, last: boolean): Promise<void> {
    this.#begun = true;
    await this.#work(async () => {
      this.#relay.push(chunk);
      await this.#turn.spend(blocksOf(chunk));
      if ((await this.#drain()) === 'more' && last) {
        this.#relay.end();
        await this.#drain();
      }
    });
  }

  /** The stream is at its end, and trailers follow. @throws GrpcError as `push`. */
  async finish(): Promise<void> {
    this.#trailers = true;
    await this.push(NOTHING, true);
  }

  /**
   * Ends the stream: at once, or behind the blocks that are being sent. One of which no piece came yet is cut off: there is no
   * way to put a last event into it.
   */
  end(ending: BadEnding): void {
    if (this.#over) return;
    this.#ending ??= ending;
    if (!this.#begun) return this.#cut(ending);
    if (this.#busy) this.#hurry?.();
    else this.#work(async () => void (await this.#drain())).catch(this.#onStuck);
  }

  #cut(ending: BadEnding): void {
    this.#over = true;
    reportBadEnding(this.#exchange, ending);
    this.#onStuck(new GrpcError(GRPC_CODE.UNAVAILABLE, 'the stream was ended before it began'));
  }

  async #work(work: () => Promise<void>): Promise<void> {
    if (this.#over) return;
    this.#busy = true;
    try {
      await work();
    } finally {
      this.#busy = false;
    }
  }

  async #drain(): Promise<'more' | 'over'> {
    for (;;) {
      if (this.#ending !== undefined) return await this.#endBadly(this.#ending);
      const { bytes, blocks, next } = takeTogether(this.#relay, this.#turn.left);
      await this.#sendBlocks(bytes);
      if (blocks > 0) await this.#turn.spend(blocks);
      // Ended while the client read: that comes behind these blocks, before anything else.
      if (next === undefined || this.#ending !== undefined) continue;
      switch (next.kind) {
        case 'wait':
          return 'more';
        case 'over':
          return await this.#endWell();
        case 'ends-badly':
          return await this.#endBadly(next.ending);
      }
    }
  }

  async #endWell(): Promise<'over'> {
    this.#over = true;
    reportAnswered(this.#exchange, this.#status);
    if (!this.#trailers) await this.#send(NOTHING, true);
    return 'over';
  }

  async #endBadly(ending: BadEnding): Promise<'over'> {
    this.#over = true;
    reportBadEnding(this.#exchange, ending);
    await this.#send(badLastEvent(this.#exchange, ending), !this.#trailers);
    return 'over';
  }

  async #sendBlocks(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.byteLength; at += MAX_PIECE_BYTES) {
      await this.#send(bytes.subarray(at, at + MAX_PIECE_BYTES), false);
    }
  }

  /** Sends a piece and waits until there is room for more, but not for ever. */
  async #send(body: Uint8Array, endOfStream: boolean): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const tooSlow = (): void => reject(new GrpcError(GRPC_CODE.ABORTED, 'the client does not read'));
    let timer = setTimeout(tooSlow, LINGER_MS + Math.floor(body.byteLength / MIN_READ_RATE) * 1000);
    this.#hurry = () => {
      clearTimeout(timer);
      timer = setTimeout(tooSlow, LAST_WORDS_MS);
    };
    const piece = writeStreamedBody('response', { body, endOfStream, first: !this.#sent });
    this.#sent = true;
    void this.#call.send(piece).then(resolve);
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      this.#hurry = undefined;
    }
  }
}
