import type { Metadata, sendUnaryData, ServerUnaryCall } from '@grpc/grpc-js';
import type { HeaderList } from '../../call/received.ts';
import { GRPC_CODE, GrpcError } from './grpc-error.ts';
import type { UnaryCall } from './grpc-server.ts';

const MAX_MESSAGE_CHARACTERS = 1024;

/** One call of engine 1. Answers once; what comes later is dropped. */
export class GrpcJsCall implements UnaryCall {
  readonly deadlineMs: number | undefined;
  readonly #call: ServerUnaryCall<Buffer, Uint8Array>;
  readonly #respond: sendUnaryData<Uint8Array>;
  readonly #onError: (error: unknown) => void;
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #answered = false;

  constructor(
    call: ServerUnaryCall<Buffer, Uint8Array>,
    respond: sendUnaryData<Uint8Array>,
    maxCallMs: number,
    onError: (error: unknown) => void,
  ) {
    this.#call = call;
    this.#respond = respond;
    this.#onError = onError;
    this.deadlineMs = leftUntil(call.getDeadline());
    this.#timer = setTimeout(
      () => this.abandon(new GrpcError(GRPC_CODE.DEADLINE_EXCEEDED, 'deadline exceeded')),
      Math.min(this.deadlineMs ?? maxCallMs, maxCallMs),
    );
    call.on('cancelled', () => this.#closed());
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get metadata(): HeaderList {
    return headersOf(this.#call.metadata);
  }

  finish(reply: Uint8Array): void {
    if (this.#settle()) this.#respond(null, reply);
  }

  fail(error: unknown): void {
    this.#endWith(toldToCaller(error));
    if (!(error instanceof GrpcError)) this.#onError(error);
  }

  abandon(error: GrpcError): void {
    this.#endWith(error);
    this.#controller.abort(error);
  }

  #endWith(error: GrpcError): void {
    if (this.#settle()) this.#respond(sendable(error));
  }

  /** Whether the answer is still to be given. */
  #settle(): boolean {
    const first = !this.#answered;
    this.#answered = true;
    clearTimeout(this.#timer);
    return first;
  }

  /** The library says `cancelled` of every call when its stream closes, of an answered one too. */
  #closed(): void {
    if (this.#settle()) this.#controller.abort(new GrpcError(GRPC_CODE.CANCELLED, 'the caller has gone'));
  }
}

/** In the order of first appearance: the library does not keep another. */
export function headersOf(metadata: Metadata): HeaderList {
  return Object.entries(metadata.toHttp2Headers()).flatMap(([name, values]) =>
    [values ?? []].flat().map((value) => [name, String(value)] as const),
  );
}

/** What the caller hears of `error`. */
export function toldToCaller(error: unknown): GrpcError {
  return error instanceof GrpcError ? error : new GrpcError(GRPC_CODE.INTERNAL, 'internal error');
}

/** The library cannot encode a lone surrogate. */
export function sendable({ code, message }: GrpcError): GrpcError {
  return new GrpcError(code, message.slice(0, MAX_MESSAGE_CHARACTERS).toWellFormed());
}

/** Milliseconds until then; `undefined`: there is no deadline. */
export function leftUntil(deadline: Date | number): number | undefined {
  const left = Number(deadline) - Date.now();
  return Number.isFinite(left) ? Math.max(0, left) : undefined;
}
