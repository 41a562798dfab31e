import type { ServerDuplexStream } from '@grpc/grpc-js';
import type { HeaderList } from '../../call/received.ts';
import { GRPC_CODE, GrpcError } from './grpc-error.ts';
import { headersOf, leftUntil, sendable, toldToCaller } from './grpc-js-call.ts';
import type { StreamCall, StreamHandler } from './grpc-server.ts';
import { MessageReader, type MessageSource } from './message-reader.ts';

/** Bytes that may wait for the handler; with more, the caller is held up. */
const MOST_UNREAD = 64 * 1024;
/** What a message costs beside its bytes. */
const MESSAGE_OVERHEAD = 256;
/** More than that a timer of Node's cannot wait: it would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** How long before its time by the clock a timer may fire, and a little more. */
const TIMER_EARLY_MS = 5;

/** One streaming call of engine 1. Ends once; what comes later is dropped. */
export class GrpcJsStream implements StreamCall, MessageSource {
  readonly messages = new MessageReader(this);
  readonly deadlineMs: number | undefined;
  readonly #call: ServerDuplexStream<Buffer, Uint8Array>;
  readonly #onError: (error: unknown) => void;
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #sending = new Set<() => void>();
  readonly #received: Buffer[] = [];
  #unread = 0;
  #ended = false;

  constructor(call: ServerDuplexStream<Buffer, Uint8Array>, onError: (error: unknown) => void) {
    this.#call = call;
    this.#onError = onError;
    const leftMs = leftUntil(call.getDeadline());
    this.deadlineMs = leftMs;
    if (leftMs !== undefined && leftMs <= LONGEST_TIMER_MS) {
      this.#timer = setTimeout(() => this.abandon(deadlineExceeded()), leftMs);
    }
    call.on('data', (message: Buffer) => this.#arrived(message));
    call.on('end', () => this.messages.end());
    call.on('cancelled', () => this.#closed());
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get metadata(): HeaderList {
    return headersOf(this.#call.metadata);
  }

  /** Runs `handler` to its end. Never rejects. */
  async run(handler: StreamHandler): Promise<void> {
    try {
      await handler(this);
      if (this.#settle()) this.#call.end();
    } catch (error) {
      this.#endWith(toldToCaller(error));
      if (!(error instanceof GrpcError)) this.#onError(error);
    }
    this.#received.length = 0;
  }

  /** Waits until HTTP/2 has taken the message: what the library counts is messages, whatever their size. */
  send(message: Uint8Array): Promise<void> {
    if (this.#ended) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        this.#sending.delete(done);
        resolve();
      };
      this.#sending.add(done);
      this.#call.write(message, done);
    });
  }

  abandon(error: GrpcError): void {
    this.#endWith(error);
    this.#leave(error);
  }

  take(): Buffer | undefined {
    const message = this.#received.shift();
    if (message !== undefined) this.#unread -= message.length + MESSAGE_OVERHEAD;
    return message;
  }

  wanting(): void {
    this.#call.resume();
  }

  #arrived(message: Buffer): void {
    if (this.#ended) return;
    this.#received.push(message);
    this.#unread += message.length + MESSAGE_OVERHEAD;
    this.messages.look();
    if (this.#unread > MOST_UNREAD) this.#call.pause();
  }

  #endWith(error: GrpcError): void {
    if (!this.#settle()) return;
    // The library's way to say a status that is not OK.
    this.#call.emit('error', sendable(error));
    this.messages.fail(error);
  }

  /** Whether the end is still to be told. */
  #settle(): boolean {
    const first = !this.#ended;
    this.#ended = true;
    clearTimeout(this.#timer);
    return first;
  }

  /** The library says `cancelled` of every call when its stream closes, of an answered one too; and it watches the deadline. */
  #closed(): void {
    if (!this.#settle()) return this.#goOn();
    const late = (leftUntil(this.#call.getDeadline()) ?? Infinity) <= TIMER_EARLY_MS;
    this.#leave(late ? deadlineExceeded() : new GrpcError(GRPC_CODE.CANCELLED, 'the caller has gone'));
  }

  #leave(why: GrpcError): void {
    this.messages.fail(why);
    this.#controller.abort(why);
    this.#goOn();
  }

  /** Who waits to send more has nobody to send to. */
  #goOn(): void {
    for (const done of this.#sending) done();
  }
}

function deadlineExceeded(): GrpcError {
  return new GrpcError(GRPC_CODE.DEADLINE_EXCEEDED, 'deadline exceeded');
}
