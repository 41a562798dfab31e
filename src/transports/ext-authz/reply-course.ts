import { replyNeed } from '../../call/reply-need.ts';
import type { Facts } from '../../decision/facts.ts';
import type { EnvoyServer } from '../envoy/envoy-assembly.ts';

/**
 * What happens to an allowed exchange behind this door. `pass`: nothing; `judge`: its reply is judged; `edit`: its request is
 * changed, and its reply judged.
 */
export type ReplyCourse = 'pass' | 'judge' | 'edit';

/** The course of a call that this door lets pass: the checks in front have refused what nobody would come for. */
export function replyCourse(
  { call, handles }: Facts,
  { waived, judgeReplies }: Pick<EnvoyServer, 'waived' | 'judgeReplies'>,
): ReplyCourse {
  if (handles.edits.length > 0) return 'edit';
  if (judgeReplies === 'always') return 'judge';
  const need = replyNeed(call);
  return need === undefined || (need !== 'tasks' && waived.has(need)) ? 'pass' : 'judge';
}
