import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ReasonCode } from '../../call/reason.ts';
import type { Received } from '../../call/received.ts';
import type { Facts } from '../../decision/facts.ts';
import type { Refusal } from '../../decision/verdict.ts';
import { mayBeLarge } from '../http/read-body.ts';
import { writeReply } from '../http/write-reply.ts';
import { doorRefusal } from '../refusal/door-refusal.ts';
import { writeRefusal } from '../refusal/write-refusal.ts';
import { refusalReply } from './answer.ts';
import type { ForwardAuthAssembly, ForwardAuthServer } from './forward-auth-assembly.ts';
import type { ForwardAuthDoor } from './forward-auth-door.ts';

/** One question on its way to an answer. */
export interface Arrival<F extends Facts = Facts> {
  readonly door: ForwardAuthDoor<F>;
  /** The assembly that was current when it came. */
  readonly assembly: ForwardAuthAssembly<F>;
  /** The question. What it asks about is in `received`, once it was read. */
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly received: Received;
  /** What it takes up, given back once it is over. */
  readonly held: DisposableStack;
  /** Resolves when the answer was sent, or whoever asked has gone. */
  readonly over: Promise<void>;
}

/** Records a refusal of the door's own and answers it. A large body that nobody has read ends the connection. */
export function refuse<F extends Facts>(arrival: Arrival<F>, refusal: Refusal, server?: ForwardAuthServer): void {
  const { door, assembly, request, response, received } = arrival;
  assembly.recorder.refusal(received, refusal, {});
  const reply = writeRefusal({ received, refusal, call: undefined, server });
  const unread = !request.complete && mayBeLarge(request);
  writeReply(response, refusalReply(unread ? { ...reply, close: true } : reply, door.refusals));
}

/** Refuses for what the request itself shows, before any check. */
export function refuseFor<F extends Facts>(arrival: Arrival<F>, reason: ReasonCode, operatorDetail?: string): void {
  refuse(arrival, doorRefusal(reason, operatorDetail));
}
