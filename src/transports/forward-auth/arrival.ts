import type { ReasonCode } from '../../call/reason.ts';
import type { Facts } from '../../decision/facts.ts';
import type { Refusal } from '../../decision/verdict.ts';
import { closeUnread } from '../http/close-unread.ts';
import type { HttpArrival } from '../http/http-arrival.ts';
import { writeReply } from '../http/write-reply.ts';
import { doorRefusal, refuseAtDoor } from '../refusal/door-refusal.ts';
import { refusalReply } from './answer.ts';
import type { ForwardAuthAssembly, ForwardAuthServer } from './forward-auth-assembly.ts';
import type { ForwardAuthDoor } from './forward-auth-door.ts';

/** One question on its way to an answer. What it asks about is in `received`, once it was read. */
export interface Arrival<F extends Facts = Facts> extends HttpArrival {
  readonly door: ForwardAuthDoor<F>;
  /** The assembly that was current when it came. */
  readonly assembly: ForwardAuthAssembly<F>;
}

/** Records a refusal of the door's own and answers it. */
export function refuse<F extends Facts>(arrival: Arrival<F>, refusal: Refusal, server?: ForwardAuthServer): void {
  const { door, assembly, request, response, received } = arrival;
  const reply = closeUnread(request, refuseAtDoor(assembly.recorder, received, refusal, server));
  writeReply(response, refusalReply(reply, door.refusals));
}

/** Refuses for what the request itself shows, before any check. */
export function refuseFor<F extends Facts>(arrival: Arrival<F>, reason: ReasonCode, operatorDetail?: string): void {
  refuse(arrival, doorRefusal(reason, operatorDetail));
}
