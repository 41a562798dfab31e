import { constants, type OutgoingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { HeaderList } from '../../call/received.ts';
import { GRPC_CODE, GrpcError } from './grpc-error.ts';
import { encodeGrpcMessage } from './grpc-message.ts';
import type { UnaryCall } from './grpc-server.ts';
import { MessageDecoder, type DecoderOptions } from './message-decoder.ts';

/** What a kind of method does with what arrives. Each is called in order, none after the call was ended. */
export interface CallListener {
  /** One message. What it throws ends the call. */
  message(message: Buffer): void;
  /** The caller has sent all it will send, in whole messages. What it throws ends the call. */
  halfClosed(): void;
}

export interface CallStreamOptions extends DecoderOptions {
  readonly stream: ServerHttp2Stream;
  /** As node:http2 gives them: name, value, name, value. */
  readonly rawHeaders: readonly string[];
  readonly deadlineMs: number | undefined;
  /** Longest time of a call whose own deadline is later, milliseconds. */
  readonly maxCallMs: number;
  readonly onError: (error: unknown) => void;
}

const REPLY_HEADERS: OutgoingHttpHeaders = { ':status': 200, 'content-type': 'application/grpc+proto' };
const WITH_TRAILERS = { waitForTrailers: true, sendDate: false };
const WITHOUT_BODY = { endStream: true, sendDate: false };
const PREFIX_BYTES = 5;
/** Time in which a last answer must be taken by its caller, milliseconds; then the stream is reset. */
const LAST_WORDS_MS = 1000;

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
  readonly #decoder: MessageDecoder;
  readonly #onError: (error: unknown) => void;
  #timer: NodeJS.Timeout;
  #controller: AbortController | undefined;
  #gone: Error | undefined;
  #state: 'open' | 'replying' | 'answered' = 'open';
  #trailers: OutgoingHttpHeaders = statusHeaders(GRPC_CODE.OK, '');

  constructor({ stream, rawHeaders, deadlineMs, maxCallMs, onError, ...decoding }: CallStreamOptions) {
    this.deadlineMs = deadlineMs;
    this.#stream = stream;
    this.#rawHeaders = rawHeaders;
    this.#decoder = new MessageDecoder(decoding);
    this.#onError = onError;
    this.#timer = setTimeout(() => this.#deadlinePassed(), Math.min(deadlineMs ?? maxCallMs, maxCallMs));
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
    const deliver = (message: Buffer): boolean => {
      listener.message(message);
      return this.#state !== 'answered';
    };
    this.#stream.on('data', (chunk: Buffer) => {
      if (this.#state !== 'answered') this.#guarded(() => this.#decoder.push(chunk, deliver));
    });
    this.#stream.on('end', () => {
      // Node ends a stream that was reset as if the caller had finished.
      if (this.#canAnswer()) this.#guarded(() => this.#halfClosed(listener));
    });
  }

  /** Sends one message. Says whether more may follow at once; if not, the caller reads slowly. */
  send(message: Uint8Array): boolean {
    if (!this.#canAnswer()) return true;
    this.#beginReply();
    return this.#stream.write(frameOf(message));
  }

  /** Ends the call with OK, after `last` if given. */
  finish(last?: Uint8Array): void {
    if (!this.#canAnswer()) return;
    const frame = last === undefined ? undefined : frameOf(last);
    this.#beginReply();
    this.#state = 'answered';
    this.#stream.end(frame);
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

  #halfClosed(listener: CallListener): void {
    if (this.#decoder.unfinished) throw new GrpcError(GRPC_CODE.INTERNAL, 'the request ends within a message');
    listener.halfClosed();
  }

  #beginReply(): void {
    if (this.#state === 'replying') return;
    this.#state = 'replying';
    this.#stream.on('wantTrailers', () => this.#stream.sendTrailers(this.#trailers));
    this.#stream.respond(REPLY_HEADERS, WITH_TRAILERS);
  }

  #endWith({ code, message }: GrpcError): void {
    if (!this.#canAnswer()) return;
    const trailers = statusHeaders(code, message);
    if (this.#state === 'open') this.#stream.respond({ ...REPLY_HEADERS, ...trailers }, WITHOUT_BODY);
    else this.#stream.end();
    this.#trailers = trailers;
    this.#state = 'answered';
    this.#decoder.release();
    this.#stopReading();
  }

  #deadlinePassed(): void {
    if (this.#state === 'answered') this.#stream.close(constants.NGHTTP2_CANCEL);
    else this.abandon(new GrpcError(GRPC_CODE.DEADLINE_EXCEEDED, 'deadline exceeded'));
  }

  /**
   * What the caller has yet to send is read and dropped, so that it does not fill the window of the connection. Resetting the
   * stream at once would be allowed (RFC 9113 §8.1), but nghttp2 then drops the answer too when it has not left yet.
   */
  #stopReading(): void {
    this.#stream.resume();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#deadlinePassed(), LAST_WORDS_MS);
  }

  #closed(): void {
    clearTimeout(this.#timer);
    this.#decoder.release();
    const delivered = this.#state === 'answered' && this.#stream.writableFinished && this.#stream.rstCode === 0;
    if (!delivered) this.#leave(new GrpcError(GRPC_CODE.CANCELLED, 'the caller has gone'));
  }

  #leave(why: Error): void {
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
