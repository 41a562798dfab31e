import { replaceSpans } from '../../call/replace-spans.ts';
import { readReply } from '../read-reply.ts';
import type { Judged, ReplyJudge } from '../reply-judge.ts';
import { FALLBACK_MARK } from './mark.ts';

const UNREADABLE: Judged = { kind: 'reject', reason: 'reply.unreadable' };

/**
 * The same judge; each result that passes it is marked. One that cannot be, because its `_meta` is no object or has such a mark
 * already, does not pass.
 *
 * @param mark A member as JSON text, of `markText()`.
 */
export function markingJudge(judge: ReplyJudge, mark: string): ReplyJudge {
  return {
    get seen() {
      return judge.seen;
    },
    judge(message) {
      const judged = judge.judge(message);
      if (judged.kind === 'pass') return marked(message, mark) ?? judged;
      return judged.kind === 'replace' ? (marked(judged.bytes, mark) ?? judged) : judged;
    },
  };
}

/** `undefined` for what is no result. */
function marked(message: Uint8Array, mark: string): Judged | undefined {
  const reply = readReply(message);
  if (reply?.kind !== 'result') return undefined;
  const { members, start } = reply.result;
  if (members === undefined) return UNREADABLE;
  const meta = members.get('_meta');
  if (meta === undefined) return inserted(message, start, `"_meta":{${mark}}`, members.size > 0);
  if (meta.members === undefined || meta.members.has(FALLBACK_MARK)) return UNREADABLE;
  return inserted(message, meta.start, mark, meta.members.size > 0);
}

/** With a first member in the object that begins at `start`. */
function inserted(message: Uint8Array, start: number, member: string, others: boolean): Judged {
  const text = others ? `${member},` : member;
  return { kind: 'replace', bytes: replaceSpans(message, [{ span: { start: start + 1, end: start + 1 }, text }]) };
}
