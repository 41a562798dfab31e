import type { LimitSpec } from './limit-spec.ts';

/** A limit of two tokens of which one comes back each second, unless said otherwise. */
export function limitOf(key: string, overrides: Partial<LimitSpec> = {}): LimitSpec {
  const tiers = [{ burst: 2, refill: 1, periodMs: 1000 }];
  return { name: 'l', key, tenant: undefined, tiers, cost: 1, whenStoreLost: 'closed', ...overrides };
}
