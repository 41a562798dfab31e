import type { Call } from '../../call/call.ts';
import type { CountSpec, Metering, Price } from '../../policy/count-spec.ts';
import type { AuthenticatedIdentity, LimitedRuling } from '../facts.ts';
import type { LimitSpec } from './limit-store.ts';
import { tokenCountsOf } from './token-counts.ts';

/** Everything that a call asks to be counted. */
export interface Counted {
  readonly limits: readonly LimitSpec[];
  /** With what they take. */
  readonly counts: readonly CountSpec[];
  /** What of its costs is counted. */
  readonly prices: readonly Price[];
  /** A budget of cost for which no rule says what the call costs; absent when there is none. */
  readonly unpriced?: CountSpec;
}

/** What rules and the token ask of a call, all in one list; `undefined` when they ask for limits of rules at most. */
export function askedOf(
  call: Call,
  identity: AuthenticatedIdentity,
  { limitSpecs, metering = NOTHING }: LimitedRuling,
): Counted | undefined {
  const token = tokenCountsOf(call, identity);
  if (token === undefined && metering.counts.length === 0) return undefined;
  const { prices } = metering;
  const counts = [...metering.counts, ...(token?.counts ?? [])].map((count) => priced(count, prices));
  const units = new Set(counts.map(({ unit }) => unit));
  const unpriced = counts.find(({ unit }) => unit !== undefined && !prices.some((price) => price.unit === unit));
  return {
    limits: [...limitSpecs, ...(token?.limits ?? [])],
    counts,
    prices: prices.filter(({ unit }) => units.has(unit)),
    ...(unpriced === undefined ? {} : { unpriced }),
  };
}

const NOTHING: Metering = { counts: [], prices: [] };

function priced(count: CountSpec, prices: readonly Price[]): CountSpec {
  if (count.kind !== 'cost') return count;
  const estimates = prices.filter(({ unit }) => unit === count.unit).map(({ estimate }) => estimate);
  return { ...count, amount: estimates.reduce((sum, estimate) => sum + estimate, 0) };
}
