import type { CallStream } from './call-stream.ts';
import { GRPC_CODE, GrpcError } from './grpc-error.ts';
import type { UnaryHandler } from './grpc-server.ts';

/** Runs `handler` on the one message of `call`, once the caller has said that there are no more. */
export function serveUnary(call: CallStream, handler: UnaryHandler): void {
  let request: Buffer | undefined;
  call.start({
    message(message) {
      if (request !== undefined) throw new GrpcError(GRPC_CODE.UNIMPLEMENTED, 'more than one request message');
      request = message;
    },
    halfClosed() {
      if (request === undefined) throw new GrpcError(GRPC_CODE.UNIMPLEMENTED, 'no request message');
      void answer(call, handler, request);
    },
  });
}

/** Never rejects. */
async function answer(call: CallStream, handler: UnaryHandler, request: Buffer): Promise<void> {
  try {
    call.finish(await handler(request, call));
  } catch (error) {
    call.fail(error);
  }
}
