import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Received } from '../../call/received.ts';
import type { Facts } from '../../decision/facts.ts';
import type { Refusal } from '../../decision/verdict.ts';
import type { Door } from './door.ts';
import type { ProxyAssembly, ProxyServer } from './proxy-assembly.ts';
import { writeReply } from './write-reply.ts';
import { writeRefusal } from '../refusal/write-refusal.ts';

/** One request on its way to a verdict. */
export interface Arrival<F extends Facts = Facts> {
  readonly door: Door<F>;
  /** The assembly that was current when it came: a reload in the middle changes nothing for it. */
  readonly assembly: ProxyAssembly<F>;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly received: Received;
}

/** Records a refusal of the door's own and writes it. */
export function refuse<F extends Facts>(arrival: Arrival<F>, refusal: Refusal, server?: ProxyServer): void {
  const { assembly, response, received } = arrival;
  assembly.recorder.refusal(received, refusal, {});
  writeReply(response, writeRefusal({ received, refusal, call: undefined, server }));
}
