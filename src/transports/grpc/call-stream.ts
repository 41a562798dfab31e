import { constants, type OutgoingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { HeaderList } from '../../call/received.ts';
import { GRPC_CODE, GrpcError } from './grpc-error.ts';
import { encodeGrpcMessage } from './grpc-message.ts';
import type { UnaryCall } from './grpc-server.ts';

/** What a kind of method does with what arrives. Each is called in order, the first two not after the call was ended. */
export interface CallListener {
  /** Some bytes of the request messages. What it throws ends the call. */
  data(chunk: Buffer): void;
  /** The caller has sent all it will send. What it throws ends the call. */
  halfClosed(): void;
  /** The call has failed, or its caller did not get the answer: nothing more comes. May be told twice. */
  over(why: GrpcError): void;
}

export interface CallStreamOptions {
  readonly stream: ServerHttp2Stream;
  /** As node:http2 gives them: name, value, name, value. */
  readonly rawHeaders: readonly string[];
  readonly deadlineMs: number | undefined;
  /** Longest time of a call, milliseconds; of one that may last, the time in which its end must be taken. */
  readonly maxCallMs: number;
  /** Whether only its own deadline ends it. */
  readonly mayLast: boolean;
  readonly onError: (error: unknown) => void;
}

const REPLY_HEADERS: OutgoingHttpHeaders = { ':status': 200, 'content-type': 'application/grpc+proto' };
const WITH_TRAILERS = { waitForTrailers: true, sendDate: false };
const WITHOUT_BODY = { endStream: true, sendDate: false };
const PREFIX_BYTES = 5;
/** Time in which a last answer must be taken by its caller, milliseconds; then the stream is reset. */
const LAST_WORDS_MS = 1000;
/** More than that a timer of Node's cannot wait: it would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * One HTTP/2 stream as a gRPC call: messages in, messages and one status out.
 *
 * Never throws and never answers twice. What goes wrong before the answer becomes a status; none is OK unless `finish()` was
 * called.
 */
export class CallStream implements UnaryCall {
  readonly deadlineMs: number | undefined;
  readonly #stream: ServerHttp2Stream;
  readonly #rawHeaders: readonly string[];
  readonly #maxCallMs: number;
  readonly #mayLast: boolean;
  readonly #onError: (error: unknown) => void;
  #listener: CallListener | undefined;
  #timer: NodeJS.Timeout | undefined;
  #controller: AbortController | undefined;
  #gone: Error | undefined;
  /** Resolves when the caller has taken what was sent. */
  #room: PromiseWithResolvers<void> | undefined;
  #watched = false;
  #state: 'open' | 'replying' | 'answered' = 'open';
  #trailers: OutgoingHttpHeaders = statusHeaders(GRPC_CODE.OK, '');

  constructor({ stream, rawHeaders, deadlineMs, maxCallMs, mayLast, onError }: CallStreamOptions) {
    this.deadlineMs = deadlineMs;
    this.#stream = stream;
    this.#rawHeaders = rawHeaders;
    this.#maxCallMs = maxCallMs;
    this.#mayLast = mayLast;
    this.#onError = onError;
    const longestMs = mayLast ? Infinity : maxCallMs;
    this.#endIn(Math.min(deadlineMs ?? longestMs, longestMs));
    stream.on('close', () => this.#closed());
  }

  get metadata(): HeaderList {
    const list: (readonly [string, string])[] = [];
    for (let i = 0; i + 1 < this.#rawHeaders.length; i += 2) {
      const name = this.#rawHeaders[i] ?? '';
      if (!name.startsWith(':')) list.push([name, this.#rawHeaders[i + 1] ?? '']);
    }
    return list;
  }

  /** Made when it is asked for: most calls are over before anybody could go away. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#gone !== undefined) this.#controller.abort(this.#gone);
    return this.#controller.signal;
  }

  /** Begins to read. */
  start(listener: CallListener): void {
    this.#listener = listener;
    this.#stream.on('data', (chunk: Buffer) => {
      if (this.#canAnswer()) this.#guarded(() => this.#listener?.data(chunk));
    });
    this.#stream.on('end', () => {
      // Node ends a stream that was reset as if the caller had finished.
      if (this.#canAnswer()) this.#guarded(() => this.#listener?.halfClosed());
    });
  }

  /** Stops to read; the caller is held up when what he may send unread is on its way. */
  pause(): void {
    // A stream that was reset without an error stays open until all of it was read.
    if (!this.#watched) this.#stream.on('aborted', () => this.#stream.resume());
    this.#watched = true;
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  /** Sends one message. Resolves when more may be sent, or nobody is there any more. */
  send(message: Uint8Array): Promise<void> {
    if (!this.#canAnswer()) return Promise.resolve();
    this.#beginReply();
    if (this.#stream.write(frameOf(message))) return Promise.resolve();
    return this.#untilRoom();
  }

  /** Ends the call with OK, after `last` if given. */
  finish(last?: Uint8Array): void {
    if (!this.#canAnswer()) return;
    const frame = last === undefined ? undefined : frameOf(last);
    this.#beginReply();
    this.#state = 'answered';
    this.#stream.end(frame);
    if (this.#mayLast) this.#expectEnd();
  }

  /** Ends the call with the status of `error`; what is no GrpcError is INTERNAL, its text told to `onError` alone. */
  fail(error: unknown): void {
    const known = error instanceof GrpcError;
    this.#endWith(known ? error : new GrpcError(GRPC_CODE.INTERNAL, 'internal error'));
    if (!known) this.#onError(error);
  }

  /** Ends the call because nobody may wait any longer; its work is told to stop. */
  abandon(error: GrpcError): void {
    this.#endWith(error);
    this.#leave(error);
  }

  #canAnswer(): boolean {
    return this.#state !== 'answered' && !this.#stream.closed && !this.#stream.destroyed;
  }

  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.fail(error);
    }
  }

  #beginReply(): void {
    if (this.#state === 'replying') return;
    this.#state = 'replying';
    this.#stream.on('wantTrailers', () => this.#stream.sendTrailers(this.#trailers));
    this.#stream.respond(REPLY_HEADERS, WITH_TRAILERS);
  }

  #endWith(error: GrpcError): void {
    if (!this.#canAnswer()) return;
    const trailers = statusHeaders(error.code, error.message);
    if (this.#state === 'open') this.#stream.respond({ ...REPLY_HEADERS, ...trailers }, WITHOUT_BODY);
    else this.#stream.end();
    this.#trailers = trailers;
    this.#state = 'answered';
    this.#listener?.over(error);
    this.#stopReading();
  }

  /** The rest of a long answer has its time; then a caller who goes on sending has a moment to hear of it. */
  #expectEnd(): void {
    this.#endIn(this.#maxCallMs);
    if (this.#stream.readableEnded) return;
    this.#stream.resume();
    this.#stream.on('finish', () => this.#endIn(LAST_WORDS_MS));
  }

  #deadlinePassed(): void {
    if (this.#state === 'answered') this.#reset();
    else this.abandon(new GrpcError(GRPC_CODE.DEADLINE_EXCEEDED, 'deadline exceeded'));
  }

  /**
   * What the caller has yet to send is read and dropped, so that it does not fill the window of the connection. Resetting the
   * stream at once would be allowed (RFC 9113 §8.1), but nghttp2 then drops the answer too when it has not left yet.
   */
  #stopReading(): void {
    this.#stream.resume();
    this.#endIn(LAST_WORDS_MS);
  }

  /** Only one that had its whole answer may go on as if nothing were wrong (RFC 9113 §8.1). */
  #reset(): void {
    this.#stream.close(this.#stream.writableFinished ? constants.NGHTTP2_NO_ERROR : constants.NGHTTP2_CANCEL);
  }

  #endIn(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = ms > LONGEST_TIMER_MS ? undefined : setTimeout(() => this.#deadlinePassed(), ms);
  }

  #untilRoom(): Promise<void> {
    if (this.#room === undefined) {
      this.#room = Promise.withResolvers();
      this.#stream.once('drain', () => this.#goOn());
    }
    return this.#room.promise;
  }

  #goOn(): void {
    this.#room?.resolve();
    this.#room = undefined;
  }

  #closed(): void {
    const delivered = this.#state === 'answered' && this.#stream.writableFinished && this.#stream.rstCode === 0;
    if (!delivered) {
      const gone = new GrpcError(GRPC_CODE.CANCELLED, 'the caller has gone');
      this.#listener?.over(gone);
      this.#leave(gone);
    }
    this.#letGo();
  }

  /**
   * A stream that is over stays in old memory until a full collection, with all that can be reached from it: what works on the
   * call may not be.
   */
  #letGo(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#listener = undefined;
    this.#controller = undefined;
  }

  #leave(why: Error): void {
    this.#goOn();
    this.#gone ??= why;
    this.#controller?.abort(this.#gone);
  }
}

function statusHeaders(code: number, message: string): OutgoingHttpHeaders {
  const status = { 'grpc-status': String(code) };
  return message === '' ? status : { ...status, 'grpc-message': encodeGrpcMessage(message) };
}

function frameOf(message: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(PREFIX_BYTES + message.length);
  frame[0] = 0;
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, PREFIX_BYTES);
  return frame;
}
