import type { CallListener, CallStream } from './call-stream.ts';
import { GRPC_CODE, GrpcError } from './grpc-error.ts';
import type { UnaryHandler } from './grpc-server.ts';
import { type DecoderOptions, MessageDecoder } from './message-decoder.ts';

/** Runs `handler` on the one message of `call`, once the caller has said that there are no more. */
export function serveUnary(call: CallStream, handler: UnaryHandler, decoding: DecoderOptions): void {
  call.start(new UnaryRequest(call, handler, decoding));
}

class UnaryRequest implements CallListener {
  readonly #call: CallStream;
  readonly #handler: UnaryHandler;
  readonly #decoder: MessageDecoder;
  #request: Buffer | undefined;

  constructor(call: CallStream, handler: UnaryHandler, decoding: DecoderOptions) {
    this.#call = call;
    this.#handler = handler;
    this.#decoder = new MessageDecoder(decoding);
  }

  data(chunk: Buffer): void {
    this.#decoder.push(chunk, (message) => this.#message(message));
  }

  halfClosed(): void {
    if (this.#decoder.unfinished) throw new GrpcError(GRPC_CODE.INTERNAL, 'the request ends within a message');
    if (this.#request === undefined) throw new GrpcError(GRPC_CODE.UNIMPLEMENTED, 'no request message');
    void answer(this.#call, this.#handler, this.#request);
  }

  over(): void {
    this.#decoder.release();
  }

  #message(message: Buffer): boolean {
    if (this.#request !== undefined) throw new GrpcError(GRPC_CODE.UNIMPLEMENTED, 'more than one request message');
    this.#request = message;
    return true;
  }
}

/** Never rejects. */
async function answer(call: CallStream, handler: UnaryHandler, request: Buffer): Promise<void> {
  try {
    call.finish(await handler(request, call));
  } catch (error) {
    call.fail(error);
  }
}
