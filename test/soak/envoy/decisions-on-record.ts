import { join } from 'node:path';
import { readSegments } from '../../../src/audit/read-segments.ts';

/** What the record says of allowed calls. */
export interface DecisionsOnRecord {
  /** Decision ids of the intents. */
  readonly intents: ReadonlySet<string>;
  /** Decision id → kind of each outcome. */
  readonly outcomes: ReadonlyMap<string, string>;
  /** Places that are no record. */
  readonly damaged: number;
  /** Segments that end in the middle of a record, as after a kill. */
  readonly torn: number;
}

/** Reads all of the record in `folder`. */
export async function readDecisions(folder: string): Promise<DecisionsOnRecord> {
  const intents = new Set<string>();
  const outcomes = new Map<string, string>();
  let [damaged, torn] = [0, 0];
  for await (const item of readSegments(join(folder, '.sallyport/record'))) {
    if (item.kind === 'damage') damaged += 1;
    if (item.kind === 'incomplete') torn += 1;
    if (item.kind !== 'record') continue;
    const type = item.record.type.split('.').at(-2);
    const { decision_id: id, kind } = item.record.data as { readonly decision_id: string; readonly kind: string };
    if (type === 'intent') intents.add(id);
    else if (type === 'outcome') outcomes.set(id, kind);
  }
  return { intents, outcomes, damaged, torn };
}
