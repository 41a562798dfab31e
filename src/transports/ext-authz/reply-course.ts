import { mayAskBack } from '../../call/may-ask-back.ts';
import { replyNeed } from '../../call/reply-need.ts';
import type { Facts } from '../../decision/facts.ts';
import type { EnvoyServer } from '../envoy/envoy-assembly.ts';

/**
 * What happens to an allowed exchange behind this door. `pass`: nothing; `judge`: its reply is judged; `edit`: its request is
 * changed, and its reply judged.
 */
export type ReplyCourse = 'pass' | 'judge' | 'edit';

/**
 * The course of a call that this door lets pass: the checks in front have refused what nobody would come for.
 *
 * @param attended Whether somebody is believed to come. Where nobody does, a reply that may ask back passes as it is: what it
 *   names was not sealed, so it is refused when it comes back.
 */
export function replyCourse(
  { call, handles, ruling, reservation }: Facts,
  { waived, judgeReplies }: Pick<EnvoyServer, 'waived' | 'judgeReplies'>,
  attended: boolean,
): ReplyCourse {
  if (handles.edits.length > 0) return 'edit';
  if (judgeReplies === 'always' || reservation.readsReply === true) return 'judge';
  const need = replyNeed(call);
  if (need !== undefined) return need !== 'tasks' && waived.has(need) ? 'pass' : 'judge';
  const isOfUse = mayAskBack(call) || ruling.needsReply === true;
  return attended && judgeReplies === 'when_needed' && isOfUse ? 'judge' : 'pass';
}
