import type { LimitSpec, LimitTier } from '../../src/stages/limit/limit-store.ts';

/** Scopes of a call, and windows of each: twelve buckets. */
export const SCOPES = ['tenant', 'agent', 'tool'] as const;
export const UNITS = ['second', 'minute', 'hour', 'day'] as const;

/** Length of each, seconds. */
export const SECONDS: Readonly<Record<(typeof UNITS)[number], number>> = {
  second: 1,
  minute: 60,
  hour: 3600,
  day: 86_400,
};

/** Never used up within a run. */
const MANY = 10_000_000;

function tier(seconds: number): LimitTier {
  return { burst: MANY, refill: MANY, periodMs: seconds * 1000 };
}

/** The three limits of a call, each with four rates. */
export const TWELVE: readonly LimitSpec[] = SCOPES.map((scope) => ({
  name: scope,
  key: `bench ${scope}`,
  tenant: 'bench',
  tiers: UNITS.map((unit) => tier(SECONDS[unit])),
  cost: 1,
  whenStoreLost: 'local',
}));

/** One limit with one rate. */
export const ONE: readonly LimitSpec[] = [
  { name: 'one', key: 'bench one', tenant: 'bench', tiers: [tier(60)], cost: 1, whenStoreLost: 'local' },
];
