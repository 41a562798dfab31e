import { isUtf8 } from 'node:buffer';
import { TwinDetector } from '../call/case-twin.ts';
import { RELATED_TASK } from '../call/meta-keys.ts';
import { scanJson, type ScannedValue, type ScanPlan } from '../call/scan-json.ts';

/** Members of an object that was looked into. */
export type Members = ReadonlyMap<string, ScannedValue>;

/** One message from a tool server, by what it says; the spans point into its bytes. */
export type Reply =
  | { readonly kind: 'result'; readonly id: ScannedValue; readonly result: ScannedValue }
  | { readonly kind: 'error'; readonly id: ScannedValue | undefined; readonly error: ScannedValue }
  | { readonly kind: 'request'; readonly method: string; readonly params: Members }
  | { readonly kind: 'notification'; readonly method: string; readonly params: Members };

/** Why a message cannot be judged. */
export type ReplyFault = 'reply.unreadable' | 'reply.too-large';

const NOTHING: ScanPlan = new Map();
const META: readonly [string, ScanPlan] = ['_meta', new Map([[RELATED_TASK, NOTHING]])];
/** What is looked into: enough to class a reply and to find each name in it that is sealed. */
const PLAN: ScanPlan = new Map([
  ['result', new Map([META, ['task', NOTHING]])],
  ['error', NOTHING],
  ['params', new Map([META, ['notifications', NOTHING]])],
]);

/** Members that decide how a message is understood. */
const ENVELOPE = new TwinDetector(['jsonrpc', 'id', 'method', 'params', 'result', 'error']);
/** Members of a result that are acted on here. */
const RESULT = new TwinDetector([
  '_meta',
  'isError',
  'nextCursor',
  'prompts',
  'requestState',
  'resourceTemplates',
  'resources',
  'resultType',
  'task',
  'taskId',
  'tasks',
  'tools',
]);
/** Members of `params` that are acted on here. */
const PARAMS = new TwinDetector(['_meta', 'taskId', 'notifications']);
/** Members of the objects further inside that are acted on here. */
const INNER = new TwinDetector([RELATED_TASK, 'taskId', 'taskIds']);

/**
 * Reads what a message from the tool server is, without building its values: most pass byte for byte, with numbers and
 * escapes that the strict reader would refuse.
 *
 * @returns `undefined` for a message with a fault, see `classReply`.
 */
export function readReply(bytes: Uint8Array): Reply | undefined {
  const reply = classReply(bytes);
  return typeof reply === 'string' ? undefined : reply;
}

/**
 * As `readReply`, and why it cannot be read: `reply.unreadable` for what parsers would not read the same way (not one JSON
 * object in UTF-8, a member twice or in other case where it matters, `method` beside `result` or `error`, or none of
 * them), `reply.too-large` for more values than are looked at.
 */
export function classReply(bytes: Uint8Array): Reply | ReplyFault {
  const message = isUtf8(bytes) ? scanJson(bytes, PLAN) : 'malformed';
  if (message === 'too-many') return 'reply.too-large';
  if (message === 'malformed' || message.members === undefined) return 'reply.unreadable';
  return classMembers(bytes, message.members) ?? 'reply.unreadable';
}

function classMembers(bytes: Uint8Array, members: Members): Reply | undefined {
  if (hasTwin(members, ENVELOPE)) return undefined;
  const [method, result, error] = [members.get('method'), members.get('result'), members.get('error')];
  if ([method, result, error].filter((member) => member !== undefined).length !== 1) return undefined;
  if (error !== undefined) return { kind: 'error', id: members.get('id'), error };
  const id = members.get('id');
  if (result !== undefined) {
    const twin = result.members !== undefined && (hasTwin(result.members, RESULT) || hasInnerTwin(result.members));
    return id === undefined || twin ? undefined : { kind: 'result', id, result };
  }
  return readAsked(bytes, members, method, id);
}

/** A request or notification of the server. */
function readAsked(
  bytes: Uint8Array,
  members: Members,
  method: ScannedValue | undefined,
  id: ScannedValue | undefined,
): Reply | undefined {
  const name = method === undefined ? undefined : textAt(bytes, method);
  const params = members.get('params')?.members ?? new Map();
  if (name === undefined || hasTwin(params, PARAMS) || hasInnerTwin(params)) return undefined;
  return { kind: id === undefined ? 'notification' : 'request', method: name, params };
}

/** The string at `value`; `undefined` when it is none, or one that parsers read differently. */
export function textAt(bytes: Uint8Array, value: ScannedValue): string | undefined {
  const parsed = value.kind === 'string' ? valueAt(bytes, value) : undefined;
  return typeof parsed === 'string' ? parsed : undefined;
}

/** What `JSON.parse` makes of the text at `value`; `undefined` when it refuses. For scalars. */
export function valueAt(bytes: Uint8Array, { start, end }: ScannedValue): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8', start, end));
  } catch {
    return undefined;
  }
}

/** Task id members in the `_meta` of `holder`: legacy messages name the task they belong to there (2025-11-25, tasks). */
export function relatedTaskId(holder: Members): ScannedValue | undefined {
  return holder.get('_meta')?.members?.get(RELATED_TASK)?.members?.get('taskId');
}

/** Whether an object inside that was looked into has such a key: nothing else stands there under a plan. */
function hasInnerTwin(members: Members): boolean {
  return members
    .values()
    .some(({ members: inner }) => inner !== undefined && (hasTwin(inner, INNER) || hasInnerTwin(inner)));
}

/** Whether a key is one of the names but for case: parsers that ignore case would take it for that. */
function hasTwin(members: Members, names: TwinDetector): boolean {
  return members.keys().some((key) => names.isTwin(key));
}
