import type { LimitSpec } from '../../stages/limit/limit-store.ts';

/**
 * What one of `instances` may admit of a limit by itself: all shares together are at most the limit.
 *
 * The burst is divided and rounded down; the rate is divided exactly, by a longer period. `undefined` when the call is dearer than
 * the share: a whole token cannot be divided.
 */
export function shareOf(limit: LimitSpec, instances: number): LimitSpec | undefined {
  const tiers = limit.tiers.map(({ burst, refill, periodMs }) => ({
    burst: Math.floor(burst / instances),
    refill,
    periodMs: periodMs * instances,
  }));
  if (tiers.some(({ burst }) => burst < limit.cost)) return undefined;
  // Levels are counted in the period, so another number of instances has buckets of its own.
  return { ...limit, key: `${limit.key}/${instances}`, tiers };
}
