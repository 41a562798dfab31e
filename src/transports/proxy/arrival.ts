import type { Facts } from '../../decision/facts.ts';
import type { Refusal } from '../../decision/verdict.ts';
import { closeUnread } from '../http/close-unread.ts';
import type { HttpArrival } from '../http/http-arrival.ts';
import { writeReply } from '../http/write-reply.ts';
import { refuseAtDoor } from '../refusal/door-refusal.ts';
import type { Door } from './door.ts';
import type { ProxyAssembly, ProxyServer } from './proxy-assembly.ts';

/** One request on its way to a verdict. */
export interface Arrival<F extends Facts = Facts> extends HttpArrival {
  readonly door: Door<F>;
  /** The assembly that was current when it came: a reload in the middle changes nothing for it. */
  readonly assembly: ProxyAssembly<F>;
}

/** Records a refusal of the door's own and writes it. */
export function refuse<F extends Facts>(arrival: Arrival<F>, refusal: Refusal, server?: ProxyServer): void {
  const { assembly, request, response, received } = arrival;
  writeReply(response, closeUnread(request, refuseAtDoor(assembly.recorder, received, refusal, server)));
}
