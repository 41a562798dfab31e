import type { CountScope, CountSpec, SettledCount } from './count-store.ts';

/** Kinds by their letters in the text. */
const KINDS = new Map<unknown, CountScope['kind']>([
  ['c', 'concurrent'],
  ['n', 'calls'],
  ['m', 'cost'],
]);
const LETTERS = { concurrent: 'c', calls: 'n', cost: 'm' } as const;

/** What of a reservation an instance needs that has not made it. */
export function packReservation(counts: readonly CountSpec[]): string {
  return JSON.stringify(counts.map(({ kind, key, tenant, amount }) => [LETTERS[kind], key, tenant ?? null, amount]));
}

/**
 * The counts in such a text, as they are settled by who knows no more than how often the call was sent.
 *
 * @param text As `packReservation()` made it: whoever calls this has made sure of that.
 * @returns `undefined` when it is none.
 */
export function unpackReservation(text: string, attempts: number): readonly SettledCount[] | undefined {
  try {
    const parts: unknown = JSON.parse(text);
    return Array.isArray(parts) ? parts.map((part) => settledOf(part, attempts)) : undefined;
  } catch {
    return undefined;
  }
}

/** @throws TypeError when it is none. */
function settledOf(part: unknown, attempts: number): SettledCount {
  const [letter, key, tenant, amount]: readonly unknown[] = Array.isArray(part) ? part : [];
  const kind = KINDS.get(letter);
  const isPlaced = typeof key === 'string' && (tenant === null || typeof tenant === 'string');
  if (kind === undefined || !isPlaced || typeof amount !== 'number') throw new TypeError('no count');
  return { kind, key, tenant: tenant ?? undefined, amount, actual: amount * attempts };
}
