import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Received } from '../../call/received.ts';
import type { HttpDoor } from './http-door.ts';
import { peerOf } from './peer.ts';
import { receivedOf } from './received-of.ts';

/** One request on its way to an answer. */
export interface HttpArrival {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Without its body, until that was read. */
  readonly received: Received;
  /** What it takes up, given back once it is over. */
  readonly held: DisposableStack;
  /** Resolves when the answer was sent, or whoever asked has gone. */
  readonly over: Promise<void>;
}

/** A request that has just come. `held` is disposed by whoever serves it. */
export function arrive(
  { clock, connections }: Pick<HttpDoor<unknown>, 'clock' | 'connections'>,
  request: IncomingMessage,
  response: ServerResponse,
  held: DisposableStack,
): HttpArrival {
  const nowMs = clock.nowMs();
  const received = receivedOf(request, peerOf(request.socket, nowMs), nowMs);
  return { request, response, received, held, over: connections.over(request, response) };
}
