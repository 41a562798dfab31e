import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Received } from '../../call/received.ts';
import type { Facts } from '../../decision/facts.ts';
import type { Refusal } from '../../decision/verdict.ts';
import type { Door } from './door.ts';
import type { ProxyAssembly, ProxyServer } from './proxy-assembly.ts';
import { mayBeLarge } from '../http/read-body.ts';
import { writeReply } from '../http/write-reply.ts';
import { writeRefusal } from '../refusal/write-refusal.ts';

/** One request on its way to a verdict. */
export interface Arrival<F extends Facts = Facts> {
  readonly door: Door<F>;
  /** The assembly that was current when it came: a reload in the middle changes nothing for it. */
  readonly assembly: ProxyAssembly<F>;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly received: Received;
  /** What it takes up, given back once it is over. */
  readonly held: DisposableStack;
  /** Resolves when the reply was sent, or the client has gone. */
  readonly over: Promise<void>;
}

/**
 * Records a refusal of the door's own and writes it. A large body that nobody has read is not read to throw it away: the
 * connection ends.
 */
export function refuse<F extends Facts>(arrival: Arrival<F>, refusal: Refusal, server?: ProxyServer): void {
  const { assembly, request, response, received } = arrival;
  assembly.recorder.refusal(received, refusal, {});
  const reply = writeRefusal({ received, refusal, call: undefined, server });
  const unread = !request.complete && mayBeLarge(request);
  writeReply(response, unread ? { ...reply, close: true } : reply);
}
