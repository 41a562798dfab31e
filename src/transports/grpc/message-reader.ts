import type { GrpcError } from './grpc-error.ts';

/** Where a `MessageReader` takes messages from. */
export interface MessageSource {
  /** The next whole message that is there. */
  take(): Uint8Array | undefined;
  /** There was none: more may come now. */
  wanting(): void;
}

/**
 * The request messages of one call for one reader, in order.
 *
 * What came whole before the call ended is handed over first. It has no `return()`: who leaves a loop may begin another.
 */
export class MessageReader implements AsyncIterableIterator<Uint8Array> {
  readonly #source: MessageSource;
  #waiting: PromiseWithResolvers<IteratorResult<Uint8Array>> | undefined;
  #end: GrpcError | 'half-closed' | undefined;

  constructor(source: MessageSource) {
    this.#source = source;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Uint8Array>> {
    if (this.#waiting !== undefined) return Promise.reject(new Error('messages have one reader at a time'));
    const waiting = Promise.withResolvers<IteratorResult<Uint8Array>>();
    this.#waiting = waiting;
    this.look();
    if (this.#waiting !== undefined) this.#source.wanting();
    return waiting.promise;
  }

  /** Gives the reader who waits what has come by now. */
  look(): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    const message = this.#source.take();
    if (message === undefined && this.#end === undefined) return;
    this.#waiting = undefined;
    if (message !== undefined) waiting.resolve({ done: false, value: message });
    else if (this.#end === 'half-closed') waiting.resolve({ done: true, value: undefined });
    else waiting.reject(this.#end);
  }

  /** There will be no more. */
  end(): void {
    this.#end ??= 'half-closed';
    this.look();
  }

  /** There will be no more, because of `error`. Only the first one counts. */
  fail(error: GrpcError): void {
    if (this.#end === undefined || this.#end === 'half-closed') this.#end = error;
    this.look();
  }
}
