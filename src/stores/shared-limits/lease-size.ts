import type { LimitSpec } from '../../stages/limit/limit-store.ts';

/** Share of a burst that all leases together may hold. */
const BURST_SHARE = 4;
/** A lease is spent in so many milliseconds at the rate of the limit. */
const SPENT_IN_MS = 50;

/**
 * How many tokens of a limit one of `instances` may hold at once; 0 when each call has to ask.
 *
 * A quarter of the burst over all instances, and not more than comes back in 50 ms: a limit of less than 20 calls a second is
 * always asked for. So is one that is closed while the store is lost: where that matters, so does each call.
 */
export function leaseSizeOf({ tiers, cost, whenStoreLost }: LimitSpec, instances: number): number {
  if (whenStoreLost === 'closed') return 0;
  let size = Infinity;
  for (const { burst, refill, periodMs } of tiers) {
    size = Math.min(size, burst / (BURST_SHARE * instances), (refill * SPENT_IN_MS) / periodMs);
  }
  const whole = Math.floor(size);
  return whole < cost ? 0 : whole;
}
