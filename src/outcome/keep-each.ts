import type { Replacement } from '../call/replace-spans.ts';
import type { ScannedValue } from '../call/scan-json.ts';
import { keepItems } from './keep-items.ts';
import { ITEM_MEMBERS, listItems } from './list-items.ts';
import type { ReplyFault } from './read-reply.ts';

/**
 * The edit that makes of each item of the array at `list` what `keep` says: the same bytes, other bytes, or `undefined` to drop
 * it.
 */
export function keepEach(
  bytes: Uint8Array,
  list: ScannedValue,
  keep: (item: ScannedValue, text: Uint8Array) => Uint8Array | undefined,
): Replacement | undefined | ReplyFault {
  const items = listItems(bytes, list, ITEM_MEMBERS);
  if (typeof items === 'string') return items;
  const texts: Uint8Array[] = [];
  const kept = items.map((item) => {
    const text = bytes.subarray(item.start, item.end);
    texts.push(text);
    return keep(item, text);
  });
  return keepItems(list, texts, kept);
}
