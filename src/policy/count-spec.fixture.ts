import type { CountSpec } from './count-spec.ts';

/** A budget of three calls that a rule gives for an hour, unless said otherwise. */
export function countOf(key: string, overrides: Partial<CountSpec> = {}): CountSpec {
  return {
    kind: 'calls',
    name: 'b',
    key,
    tenant: undefined,
    most: 3,
    amount: 1,
    of: 'rule',
    lastsMs: 3_600_000,
    sinceMs: undefined,
    whenStoreLost: 'closed',
    ...overrides,
  };
}
