import { scanItems, type ScannedValue, type ScanPlan } from '../call/scan-json.ts';
import type { ReplyFault } from './read-reply.ts';

/** Most items of one page of a list: each is judged on its own while other calls wait (benchmarks/micro/replies.ts). */
export const MAX_ITEMS = 5000;

/** Looks into the items themselves and no further. */
export const ITEM_MEMBERS: ScanPlan = new Map();

/** The items of the array at `list`; `reply.too-large` when there are more than 5000. */
export function listItems(bytes: Uint8Array, list: ScannedValue, plan: ScanPlan): readonly ScannedValue[] | ReplyFault {
  const items = scanItems(bytes, list, MAX_ITEMS, plan);
  if (items === 'too-many') return 'reply.too-large';
  return items === 'malformed' ? 'reply.unreadable' : items;
}
