import { type Replacement, replaceSpans } from '../call/replace-spans.ts';
import { scanItems, type ScannedValue, type ScanPlan } from '../call/scan-json.ts';
import { keepItems, type ListFault } from './keep-items.ts';
import { textAt } from './read-reply.ts';
import type { ReplyContext } from './reply-context.ts';

const LOOK_INTO: ScanPlan = new Map();

/**
 * The edit that leaves in a `tasks/list` result (2025-11-25) the caller's own tasks, under the names he was given.
 *
 * The upstream is shown no caller's credential, so it may list everybody's tasks: one that this caller was not given here
 * is not shown to him.
 */
export function listTasks(
  bytes: Uint8Array,
  list: ScannedValue,
  context: ReplyContext,
): Replacement | undefined | ListFault {
  const items = scanItems(bytes, list, LOOK_INTO);
  if (items === undefined) return 'reply.unreadable';
  const texts = items.map(({ start, end }) => bytes.subarray(start, end));
  const kept = items.map((item, index) => ownTask(bytes, item, texts[index], context));
  return keepItems(list, texts, kept);
}

function ownTask(
  bytes: Uint8Array,
  item: ScannedValue,
  text: Uint8Array | undefined,
  context: ReplyContext,
): Uint8Array | undefined {
  const value = item.members?.get('taskId');
  const id = value === undefined ? undefined : textAt(bytes, value);
  if (value === undefined || id === undefined || text === undefined) return undefined;
  const { tasks, server, facts } = context;
  const name = tasks.nameFor(server.name, facts.identity.principal, id);
  if (name === undefined) return undefined;
  const span = { start: value.start - item.start, end: value.end - item.start };
  return replaceSpans(text, [{ span, text: JSON.stringify(name) }]);
}
