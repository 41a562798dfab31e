import type { Facts } from '../../decision/facts.ts';
import type { Handled } from '../../decision/handle.ts';
import { fault } from '../../decision/verdict.ts';
import { writeReply } from '../http/write-reply.ts';
import type { Reply } from '../refusal/reply.ts';
import { writeRefusal } from '../refusal/write-refusal.ts';
import { reportUnseen } from '../reply/report-unseen.ts';
import { allowReply, refusalReply } from './answer.ts';
import type { Arrival } from './arrival.ts';
import type { ForwardAuthServer } from './forward-auth-assembly.ts';

export interface Passing<F extends Facts> {
  readonly arrival: Arrival<F>;
  readonly server: ForwardAuthServer;
  readonly handled: Handled<F>;
  readonly facts: F;
}

/**
 * Lets an allowed call pass. Nobody tells this door what becomes of it: its outcome is `unknown` as soon as the answer has
 * left, and what it held is given back.
 *
 * When the answer cannot be written or read, the call is `undelivered` and what was taken from limits is given back too.
 */
export async function letPass<F extends Facts>(passing: Passing<F>): Promise<void> {
  const { arrival, server, handled, facts } = passing;
  const { door, assembly, response, received, over } = arrival;
  let answer: Reply;
  try {
    answer = allowReply(facts, server, assembly.traces?.depart(received.decisionId));
  } catch (cause) {
    return await giveUp(passing, cause);
  }
  if (facts.call.kind === 'end-session') assembly.sessions.end(facts);
  writeReply(response, answer);
  await over;
  const left = response.writableFinished;
  reportUnseen({ recorder: assembly.recorder, clock: door.clock }, received, left ? 'unknown' : 'undelivered');
  await (left ? handled.release() : handled.withdraw());
}

async function giveUp<F extends Facts>({ arrival, server, handled, facts }: Passing<F>, cause: unknown): Promise<void> {
  const { door, assembly, response, received } = arrival;
  const refusal = fault('record', 'fault.internal', cause);
  reportUnseen({ recorder: assembly.recorder, clock: door.clock }, received, 'undelivered', refusal.operatorDetail);
  await handled.withdraw();
  writeReply(response, refusalReply(writeRefusal({ received, refusal, call: facts.call, server }), door.refusals));
}
