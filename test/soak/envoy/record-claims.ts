import { type Claim, listCounts } from '../claim.ts';
import type { DecisionsOnRecord } from './decisions-on-record.ts';

/** @param received Decision ids with which calls reached the tool server. */
export function hasIntents(received: readonly string[], { intents }: DecisionsOnRecord): Claim {
  const missing = received.filter((id) => !intents.has(id));
  return {
    text: 'lets no call reach the tool server that has no intent of its own in the record',
    holds: missing.length === 0 && new Set(received).size === received.length,
    found: `${received.length} calls, ${new Set(received).size} decision ids, ${intents.size} intents, ${missing.length} without`,
  };
}

/** Where nothing kept it from being told. */
export function hasOutcomes({ intents, outcomes, damaged, torn }: DecisionsOnRecord): Claim {
  const open = [...intents].filter((id) => !outcomes.has(id)).length;
  const kinds = countsOf(outcomes.values());
  return {
    text: 'records what became of each allowed call',
    holds: open === 0 && !kinds.has('unknown') && damaged + torn === 0,
    found: `${intents.size} intents, ${open} without an outcome; ${listCounts(kinds)}`,
  };
}

/** How often each is there. */
export function countsOf(names: Iterable<string>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
