import { type Replacement, replaceSpans } from '../call/replace-spans.ts';
import type { ScannedValue } from '../call/scan-json.ts';
import { keepEach } from './keep-each.ts';
import { type ReplyFault, textAt } from './read-reply.ts';
import type { ReplyContext } from './reply-context.ts';

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
): Replacement | undefined | ReplyFault {
  return keepEach(bytes, list, (item, text) => ownTask(bytes, item, text, context));
}

function ownTask(
  bytes: Uint8Array,
  item: ScannedValue,
  text: Uint8Array,
  context: ReplyContext,
): Uint8Array | undefined {
  const value = item.members?.get('taskId');
  const id = value === undefined ? undefined : textAt(bytes, value);
  if (value === undefined || id === undefined) return undefined;
  const { tasks, server, facts } = context;
  const name = tasks.nameFor(server.name, facts.identity.principal, id);
  if (name === undefined) return undefined;
  const span = { start: value.start - item.start, end: value.end - item.start };
  return replaceSpans(text, [{ span, text: JSON.stringify(name) }]);
}
