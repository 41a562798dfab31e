import type { Received } from '../../call/received.ts';
import type { Facts } from '../../decision/facts.ts';
import type { Handled } from '../../decision/handle.ts';
import type { Outcome } from '../../decision/record.ts';
import { fault } from '../../decision/verdict.ts';
import type { UnaryCall } from '../grpc/server.ts';
import { writeRefusal } from '../refusal/write-refusal.ts';
import { allowAnswer, replyAnswer } from './answer.ts';
import type { ExtAuthzAssembly, ExtAuthzServer } from './ext-authz-assembly.ts';
import type { ExtAuthzDoor } from './ext-authz-door.ts';
import { headerMutations } from './header-mutations.ts';

export interface Allowed<F extends Facts> {
  readonly door: ExtAuthzDoor<F>;
  readonly assembly: ExtAuthzAssembly<F>;
  readonly received: Received;
  readonly call: UnaryCall;
  readonly server: ExtAuthzServer;
  readonly handled: Handled<F>;
  readonly facts: F;
}

/**
 * Lets an allowed call pass and reports its outcome: `undelivered` when nobody waits for the answer any more or it cannot
 * be written, and then everything taken is given back; else `unknown`, because this door does not learn what the tool
 * server answered. What the call held it gives back at once for the same reason.
 */
export async function answerAllowed<F extends Facts>(allowed: Allowed<F>): Promise<Uint8Array> {
  const { call, handled, server, facts } = allowed;
  if (call.signal.aborted) return await giveUp(allowed, new Error('nobody waits for the answer any more'));
  // The checks in front refuse a call that needs one; permission must not go with bytes that were to be changed.
  if (facts.handles.edits.length > 0) return await giveUp(allowed, new Error('the body would have to be changed'));
  let answer: Uint8Array;
  try {
    answer = allowAnswer(facts.call.decisionId, headerMutations(facts, server));
  } catch (cause) {
    return await giveUp(allowed, cause);
  }
  report(allowed, 'unknown');
  await handled.release();
  return answer;
}

async function giveUp<F extends Facts>(allowed: Allowed<F>, cause: unknown): Promise<Uint8Array> {
  const { received, facts, server, handled } = allowed;
  const refusal = fault('record', 'fault.internal', cause);
  report(allowed, 'undelivered', refusal.operatorDetail);
  await handled.withdraw();
  return replyAnswer(received.decisionId, writeRefusal({ received, refusal, call: facts.call, server }));
}

function report<F extends Facts>(
  { door, assembly, received }: Allowed<F>,
  kind: Outcome['kind'],
  operatorDetail?: string,
): void {
  assembly.recorder.outcome({
    decisionId: received.decisionId,
    kind,
    durationMs: Math.max(0, door.clock.nowMs() - received.receivedAtMs),
    replyBytes: 0,
    ...(operatorDetail === undefined ? {} : { operatorDetail }),
  });
}
