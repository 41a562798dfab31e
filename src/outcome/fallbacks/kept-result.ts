import type { Call } from '../../call/call.ts';
import { RELATED_TASK } from '../../call/meta-keys.ts';
import type { ScannedValue } from '../../call/scan-json.ts';
import { readReply, valueAt } from '../read-reply.ts';
import { FALLBACK_MARK } from './mark.ts';

/** A result in two parts, between which the members of its `_meta` that are ours go. */
export interface ResultParts {
  readonly before: string;
  readonly after: string;
}

/** Results of calls with other parameters depend on more than tool and arguments. */
const PLAIN_PARAMS: ReadonlySet<string> = new Set(['name', 'arguments', '_meta']);

/** Whether what a call comes to depends on its tool and arguments, as far as a request can say: no task, no earlier question. */
export function isPlainToolCall({ operation, id, params }: Call): boolean {
  return operation === 'tools/call' && id !== undefined && params.keys().every((name) => PLAIN_PARAMS.has(name));
}

/**
 * The result in a reply, to be given again; `undefined` for what says nothing lasting: an error, `isError`, a task, a question
 * back, what is marked as a fallback already.
 *
 * @param message One whole JSON-RPC message.
 */
export function resultPartsIn(message: Uint8Array): ResultParts | undefined {
  const reply = readReply(message);
  const members = reply?.kind === 'result' ? reply.result.members : undefined;
  if (reply?.kind !== 'result' || members === undefined) return undefined;
  const valueOf = (name: string): unknown => {
    const member = members.get(name);
    return member === undefined ? undefined : valueAt(message, member);
  };
  const [isError, resultType] = [valueOf('isError'), valueOf('resultType')];
  if (isError !== undefined && isError !== false) return undefined;
  if (resultType !== undefined && resultType !== 'complete') return undefined;
  if (!members.has('content') || UNLASTING.some((name) => members.has(name))) return undefined;
  return partsOf(message, reply.result, members.get('_meta'));
}

/** Members of results that name something of the server's own. */
const UNLASTING = ['task', 'taskId', 'requestState', 'inputRequests'];

function partsOf(message: Uint8Array, result: ScannedValue, meta: ScannedValue | undefined): ResultParts | undefined {
  const text = (start: number, end: number): string =>
    Buffer.from(message.buffer, message.byteOffset, message.byteLength).toString('utf8', start, end);
  // Where it stands already, our members are the first of it; else it is the first member of the result.
  if (meta === undefined) {
    return { before: '{"_meta":{', after: `},${text(result.start + 1, result.end)}` };
  }
  if (meta.members === undefined || meta.members.has(FALLBACK_MARK) || meta.members.has(RELATED_TASK)) return undefined;
  const rest = text(meta.start + 1, result.end);
  return { before: text(result.start, meta.start + 1), after: meta.members.size === 0 ? rest : `,${rest}` };
}
