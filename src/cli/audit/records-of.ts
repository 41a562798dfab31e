import type { LogItem } from '../../audit/read-segments.ts';

export type RecordItem = Extract<LogItem, { kind: 'record' }>;

/** The records of one decision, in their order. What is no record goes to `onDamage`. */
export async function recordsOf(
  decisionId: string,
  items: AsyncIterable<LogItem>,
  onDamage: (item: Exclude<LogItem, RecordItem>) => void,
): Promise<readonly RecordItem[]> {
  const found: RecordItem[] = [];
  for await (const item of items) {
    if (item.kind === 'damage') onDamage(item);
    else if (item.kind === 'record' && dataOf(item)['decision_id'] === decisionId) found.push(item);
  }
  return found;
}

function dataOf({ record }: RecordItem): Readonly<Record<string, unknown>> {
  return typeof record.data === 'object' && record.data !== null ? { ...record.data } : {};
}
