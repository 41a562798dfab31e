import type { Facts } from '../../decision/facts.ts';
import { unreachable } from '../../kit/unreachable.ts';
import type { EnvoyDoor } from '../envoy/envoy-door.ts';
import { GRPC_CODE, GrpcError } from '../grpc/grpc-error.ts';
import type { StreamCall, StreamHandler } from '../grpc/grpc-server.ts';
import { ClaimRequest } from './claim-request.ts';
import { DecideRequest } from './decide-request.ts';
import { ProcessStream } from './process-stream.ts';
import type { RequestSide } from './request-step.ts';

/** A listener's door, and how its Envoy asks. */
export interface ProcessDoor<F extends Facts = Facts> extends EnvoyDoor<F> {
  /**
   * `authorize`: ext_authz has decided, and a stream comes where a reply is to be judged or a body changed. `inspect`: the
   * stream decides as well.
   */
  readonly wiring: 'authorize' | 'inspect';
}

/**
 * `envoy.service.ext_proc.v3.ExternalProcessor/Process`: one stream for one exchange.
 *
 * A stream that ends with OK lets pass whatever Envoy has not been told about. So it ends with OK only when everything was
 * answered, and else with an error: Envoy then answers 503 or ends the exchange.
 */
export function createProcessHandler<F extends Facts>(door: ProcessDoor<F>): StreamHandler {
  return async (call) => {
    const { promise: stuck, reject: onStuck } = Promise.withResolvers<never>();
    using stream = new ProcessStream<F>({ door, call, onStuck, request: requestSide(door, call) });
    await Promise.race([serve(stream, call), stuck]);
  };
}

function requestSide<F extends Facts>(door: ProcessDoor<F>, call: StreamCall): RequestSide<F> {
  switch (door.wiring) {
    case 'authorize':
      return new ClaimRequest(door);
    case 'inspect':
      return new DecideRequest(door, call);
    default:
      return unreachable(door.wiring);
  }
}

async function serve<F extends Facts>(stream: ProcessStream<F>, call: StreamCall): Promise<void> {
  for await (const message of call.messages) {
    const answer = await stream.answer(message);
    if (answer.kind === 'nothing') continue;
    await call.send(answer.bytes);
    // What is behind an answer in place of the tool server's is of no interest to anybody.
    if (answer.kind === 'instead') return;
  }
  if (!stream.complete) throw new GrpcError(GRPC_CODE.CANCELLED, 'the exchange ended early');
}
