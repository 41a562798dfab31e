import { REASONS, type ReasonCode } from '../../call/reason.ts';
import type { Received } from '../../call/received.ts';
import type { Recorder } from '../../decision/record.ts';
import { deny, fault, type Refusal } from '../../decision/verdict.ts';
import type { Reply } from './reply.ts';
import { type RefusingServer, writeRefusal } from './write-refusal.ts';

/** A refusal for what the exchange itself shows, before any check. */
export function doorRefusal(reason: ReasonCode, operatorDetail?: string): Refusal {
  if (REASONS[reason].class !== 'fault') return deny('admit', reason, {}, operatorDetail);
  return fault('admit', reason, operatorDetail === undefined ? undefined : new Error(operatorDetail));
}

/** Records a refusal of the door's own, and says what the client gets. `server`: once it was routed. */
export function refuseAtDoor(
  recorder: Pick<Recorder, 'refusal'>,
  received: Received,
  refusal: Refusal,
  server?: RefusingServer,
): Reply {
  recorder.refusal(received, refusal, {});
  return writeRefusal({ received, refusal, call: undefined, server });
}
