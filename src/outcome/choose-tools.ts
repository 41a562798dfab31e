import type { ScannedValue } from '../call/scan-json.ts';
import { type ReplyFault, textAt } from './read-reply.ts';
import type { ReplyContext } from './reply-context.ts';

/** Most definitions of one page that nobody may call and that are read all the same, to be reported. */
const MAX_STRANGERS = 256;
/** Most bytes of these. */
const MAX_STRANGER_BYTES = 128 * 1024;
/** Most definitions of one tool in a page: one is right, the second may tell of a change. */
const MAX_NAMESAKES = 2;

/**
 * Which items of a tool list are read in full: every one under the name of a tool that callers may see, and so many of the
 * others that they can be reported. The rest is hidden unread, so a server cannot make a list dear with tools that nobody
 * accepted.
 *
 * @param items The items of the list in `bytes`, looked into.
 * @returns Which of them, by index; `reply.unreadable` when a tool that callers may see is listed more than twice.
 */
export function chooseTools(
  bytes: Uint8Array,
  items: readonly ScannedValue[],
  { observer, server }: Pick<ReplyContext, 'observer' | 'server'>,
): readonly number[] | ReplyFault {
  const namesakes = new Map<string, number>();
  const chosen: number[] = [];
  let strangers = 0;
  let strangerBytes = 0;
  for (const [index, item] of items.entries()) {
    const name = nameOf(bytes, item);
    const length = item.end - item.start;
    if (name !== undefined && observer.expects(server, name)) {
      const count = (namesakes.get(name) ?? 0) + 1;
      if (count > MAX_NAMESAKES) return 'reply.unreadable';
      namesakes.set(name, count);
      chosen.push(index);
    } else if (strangers < MAX_STRANGERS && strangerBytes + length <= MAX_STRANGER_BYTES) {
      strangers += 1;
      strangerBytes += length;
      chosen.push(index);
    }
  }
  return chosen;
}

function nameOf(bytes: Uint8Array, { members }: ScannedValue): string | undefined {
  const name = members?.get('name');
  return name && textAt(bytes, name);
}
