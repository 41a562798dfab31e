import { reserve } from '../stages/limit/check.ts';
import type { ProxyAssembly } from '../transports/proxy/proxy-assembly.ts';
import type { State } from './state.ts';
import { usageCountOf } from './usage-terms-of.ts';

/** A request that runs is heard of more often; without a word what it reserved stays used up. */
const HELD_MS = 60_000;

/** Takes what requests of routes with a budget are expected to use. */
export function usageTaker(
  state: Pick<State, 'limits' | 'counts' | 'reservations' | 'budgets' | 'isShared'>,
): ProxyAssembly['takeUsage'] {
  const { limits: store, counts, reservations, budgets: known, isShared } = state;
  const counting = { store: counts, reservations, known, isShared, heldMsOf: () => HELD_MS };
  return ({ budget }, { decisionId, identity }, undo) => {
    const { name, unit, estimate } = budget;
    const counted = { limits: [], counts: [usageCountOf(budget, identity)], prices: [{ name, unit, estimate }] };
    return reserve({ decisionId, server: name }, counted, { store, counting, undo });
  };
}
