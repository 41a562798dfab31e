import type { Reservation } from '../../decision/facts.ts';
import type { Quota } from '../../decision/quota.ts';
import type { Finding, Stages } from '../../decision/stages.ts';
import type { Found } from '../../decision/verdict.ts';
import type { SallyportFacts } from '../facts.ts';
import type { LimitSpec } from './limit-store.ts';

type TakeLimits = Stages<SallyportFacts>['takeLimits'];

/** Most limits that one caller is told about: it is a header field. */
const MOST_TOLD = 8;

/**
 * Lets a caller know what is left of the limits that are its own or its tenant's. What callers of several tenants share is never
 * told: it would tell one what the others do.
 *
 * @param isTold Whether callers of the server of that name are told at all.
 */
export function tellQuotas(takeLimits: TakeLimits, isTold: (server: string) => boolean): TakeLimits {
  return (call, identity, ruling, undo, signal): Finding<Reservation> => {
    const taking = takeLimits(call, identity, ruling, undo, signal);
    const told = isTold(call.server) ? ruling.limitSpecs.filter(({ tenant }) => tenant !== undefined) : [];
    if (told.length === 0) return taking;
    return taking instanceof Promise ? taking.then((found) => withQuotas(found, told)) : withQuotas(taking, told);
  };
}

function withQuotas(taking: Found<Reservation>, limits: readonly LimitSpec[]): Found<Reservation> {
  if (taking.kind === 'found') {
    const { taken } = taking.value;
    const quotas = limits.slice(0, MOST_TOLD).flatMap((limit) => {
      const own = taken.find((one) => one.limit === limit.name);
      return own === undefined ? [] : [quotaOf(limit, own.remaining)];
    });
    return { ...taking, value: { ...taking.value, quotas } };
  }
  const { rule, retryAfterMs } = taking.detail;
  const limit = limits.find(({ name }) => name === rule);
  if (taking.reason !== 'limit.exceeded' || limit === undefined || retryAfterMs === undefined) return taking;
  const quota = { ...quotaOf(limit, 0), noneForS: secondsUp(retryAfterMs) };
  return { ...taking, detail: { ...taking.detail, quotas: [quota] } };
}

/**
 * @param remaining Whole tokens in the emptiest rate. Which one that is nobody knows here: it is told of the narrowest.
 */
function quotaOf({ name, tiers, cost }: LimitSpec, remaining: number): Quota {
  const policies = tiers.map((tier) => ({
    name: tiers.length === 1 ? name : `${name}/${PERIODS.get(tier.periodMs) ?? tier.periodMs}`,
    calls: Math.floor(tier.burst / cost),
    windowS: secondsUp((tier.burst * tier.periodMs) / tier.refill),
  }));
  const narrowest = policies.reduce((one, other) => (other.calls < one.calls ? other : one));
  return { policies, name: narrowest.name, left: Math.max(0, Math.floor(remaining / cost)) };
}

const PERIODS: ReadonlyMap<number, string> = new Map([
  [1000, 'second'],
  [60_000, 'minute'],
  [3_600_000, 'hour'],
  [86_400_000, 'day'],
]);

function secondsUp(ms: number): number {
  return Math.ceil(ms / 1000);
}
