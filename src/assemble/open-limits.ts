import type { Config } from '../config/schema.ts';
import { systemClock } from '../kit/clock.ts';
import type { LimitStore } from '../stages/limit/limit-store.ts';
import type { CountStore } from '../stages/limit/count-store.ts';
import { MemoryCounts } from '../stores/memory/counts.ts';
import { MemoryTokenBuckets } from '../stores/memory/token-buckets.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';

export interface OpenLimitsOptions {
  readonly config: Pick<Config, 'store'>;
  readonly pathOf: (path: string) => string;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Where limits are counted, for as long as the process serves. */
export interface OpenLimits extends AsyncDisposable {
  readonly store: LimitStore;
  /** Where it is counted what calls hold and use up. */
  readonly counts: CountStore;
}

/** Scopes whose buckets a process holds, and as many budgets. */
const MAX_SCOPES = 100_000;

/** Opens the store of limits that the configuration names. What speaks to Redis is loaded only where it is named. */
export async function openLimits({ config, ...options }: OpenLimitsOptions): Promise<OpenLimits> {
  const local = new MemoryTokenBuckets(MAX_SCOPES, systemClock);
  const localCounts = new MemoryCounts({ buckets: local, capacity: MAX_SCOPES, clock: systemClock });
  if (config.store.kind === 'memory') {
    return { store: local, counts: localCounts, [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  const { openSharedLimits } = await import('./open-shared-limits.ts');
  return await openSharedLimits({ ...options, config: config.store, local, localCounts });
}
