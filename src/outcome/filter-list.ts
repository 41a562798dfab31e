import type { Replacement } from '../call/replace-spans.ts';
import type { ScannedValue } from '../call/scan-json.ts';
import { filterNames, NAMED_LISTS } from './filter-names.ts';
import { filterTools } from './filter-tools.ts';
import { listTasks } from './list-tasks.ts';
import { type Members, type ReplyFault, textAt, valueAt } from './read-reply.ts';
import type { ReplyContext } from './reply-context.ts';

/** Largest list that is filtered: its items are read one by one, while other calls wait. */
const MAX_LIST_BYTES = 2 * 1024 * 1024;

/** The member that each list method answers with. */
const LISTS: ReadonlyMap<string, string> = new Map([
  ['tools/list', 'tools'],
  ['prompts/list', 'prompts'],
  ['resources/list', 'resources'],
  ['resources/templates/list', 'resourceTemplates'],
  ['tasks/list', 'tasks'],
]);

/**
 * The edits that make a list result the caller's own: items filtered, tools narrowed, never to be cached for others.
 *
 * A result is a list when its request was one; when the request is not known (a GET stream, a resumed one, an extension),
 * when it has a list's member. Pages are filtered one by one: `nextCursor` stays. Bytes that need no change stay, since
 * re-serialising would turn 1.0 into 1 and drop what we do not know.
 *
 * @returns `undefined` when the result is no list; a fault when it is one that cannot be judged.
 */
export function filterList(
  bytes: Uint8Array,
  result: ScannedValue,
  context: ReplyContext,
): readonly Replacement[] | undefined | ReplyFault {
  const members: Members = result.members ?? new Map();
  const { call } = context.facts;
  const asked = call.kind === 'request' ? LISTS.get(call.operation) : undefined;
  const unknown = call.kind !== 'request' || call.treatment === 'extension' || call.treatment === 'stream';
  if (asked === undefined && !unknown) return undefined;
  if (asked !== undefined && members.get(asked)?.kind !== 'array') return 'reply.unreadable';
  const lists = [...LISTS.values()].flatMap((name) => {
    const list = members.get(name);
    return list?.kind === 'array' ? [[name, list] as const] : [];
  });
  if (lists.length === 0) return undefined;
  if (lists.some(([, { start, end }]) => end - start > MAX_LIST_BYTES)) return 'reply.too-large';
  const edits: Replacement[] = [];
  for (const [name, list] of lists) {
    const edit = filterOne(bytes, name, list, context);
    if (typeof edit === 'string') return edit;
    if (edit !== undefined) edits.push(edit);
  }
  return [...edits, ...cacheEdits(bytes, result, members, context)];
}

function filterOne(
  bytes: Uint8Array,
  name: string,
  list: ScannedValue,
  context: ReplyContext,
): Replacement | undefined | ReplyFault {
  if (name === 'tools') return filterTools(bytes, list, context);
  const named = NAMED_LISTS.get(name);
  return named === undefined ? listTasks(bytes, list, context) : filterNames(bytes, list, named, context);
}

/** A filtered list is this caller's: shared caches must not keep it, and his own not longer than rules may change unseen. */
function cacheEdits(
  bytes: Uint8Array,
  result: ScannedValue,
  members: Members,
  { facts, server }: ReplyContext,
): readonly Replacement[] {
  const edits: Replacement[] = [];
  const [scope, ttl] = [members.get('cacheScope'), members.get('ttlMs')];
  if (scope === undefined) {
    const start = result.start + 1;
    if (facts.call.era === 'modern') edits.push({ span: { start, end: start }, text: '"cacheScope":"private",' });
  } else if (textAt(bytes, scope) !== 'private') {
    edits.push({ span: scope, text: '"private"' });
  }
  if (ttl !== undefined) {
    const value = valueAt(bytes, ttl);
    const kept = typeof value === 'number' && value >= 0 ? Math.min(value, server.config.maxListTtlMs) : 0;
    if (kept !== value) edits.push({ span: ttl, text: String(kept) });
  }
  return edits;
}
