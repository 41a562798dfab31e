import type { Identity } from '../decision/facts.ts';
import type { UsageBudget, UsageTerms } from '../outcome/usage/usage-terms.ts';
import type { CountSpec } from '../policy/count-spec.ts';
import { shortKey } from '../policy/limit-template.ts';
import type { PassthroughConfig } from '../transports/proxy/config.ts';

/** What a route says of what its replies cost; `undefined` when it says nothing. */
export function usageTermsOf({ usage: format, budget }: PassthroughConfig): UsageTerms | undefined {
  if (format === undefined || budget === undefined) return undefined;
  const { input, output, cache_read: cacheRead = input, cache_write: cacheWrite = input } = budget.price;
  const { name, unit, cost: most, by, renews_after_s: renewsAfterS, reserve: estimate } = budget;
  return {
    format,
    prices: { input, output, cacheRead, cacheWrite },
    budget: { name, unit, most, by, lastsMs: renewsAfterS * 1000, estimate },
  };
}

/** What a request takes of such a budget. No rule counts in the same place: its id has no space. */
export function usageCountOf(
  { name, unit, most, by, lastsMs, estimate }: UsageBudget,
  identity: Identity | undefined,
): CountSpec {
  const tenant = by === 'everyone' ? undefined : (identity?.tenant ?? identity?.issuer ?? '');
  const own = by === 'principal' ? [identity?.principal ?? ''] : [];
  return {
    kind: 'cost',
    name,
    key: shortKey(JSON.stringify(['usage of routes', name, unit, by, tenant ?? null, ...own])),
    tenant,
    most,
    amount: estimate,
    unit,
    of: 'rule',
    lastsMs,
    sinceMs: undefined,
    whenStoreLost: 'closed',
  };
}
