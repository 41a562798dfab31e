import type { sendUnaryData, ServerUnaryCall } from '@grpc/grpc-js';
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

  /** In the order of first appearance: the library does not keep another. */
  get metadata(): HeaderList {
    return Object.entries(this.#call.metadata.toHttp2Headers()).flatMap(([name, values]) =>
      [values ?? []].flat().map((value) => [name, String(value)] as const),
    );
  }

  finish(reply: Uint8Array): void {
    if (this.#settle()) this.#respond(null, reply);
  }

  fail(error: unknown): void {
    const known = error instanceof GrpcError;
    this.#endWith(known ? error : new GrpcError(GRPC_CODE.INTERNAL, 'internal error'));
    if (!known) this.#onError(error);
  }

  abandon(error: GrpcError): void {
    this.#endWith(error);
    this.#controller.abort(error);
  }

  #endWith({ code, message }: GrpcError): void {
    // The library cannot encode a lone surrogate.
    const sent = new GrpcError(code, message.slice(0, MAX_MESSAGE_CHARACTERS).toWellFormed());
    if (this.#settle()) this.#respond(sent);
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

function leftUntil(deadline: Date | number): number | undefined {
  const left = Number(deadline) - Date.now();
  return Number.isFinite(left) ? Math.max(0, left) : undefined;
}
