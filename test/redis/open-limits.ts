import type { DestinationStream } from 'pino';
import { openSharedLimits } from '../../src/assemble/open-shared-limits.ts';
import type { OpenLimits } from '../../src/assemble/open-limits.ts';
import { telemetrySchema } from '../../src/telemetry/config.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { createMetrics, type Metrics } from '../../src/telemetry/metrics.ts';
import { MemoryCounts } from '../../src/stores/memory/counts.ts';
import { MemoryTokenBuckets } from '../../src/stores/memory/token-buckets.ts';
import { storeSchema } from '../../src/stores/redis/config.ts';
import { systemClock } from '../../src/kit/clock.ts';

/** The limits of one instance as the product opens them, with what it counts about them. */
export interface OpenedLimits extends OpenLimits {
  readonly metrics: Metrics;
  /** The value of a metric, 0 when it was never counted. */
  counted(name: string): Promise<number>;
}

/**
 * Opens limits as `store: { kind: redis, … }` says; unless it says otherwise, Redis has a second to answer, since other tests run
 * beside it. What is logged goes to `output`, or nowhere.
 */
export async function openLimits(
  written: object,
  output: DestinationStream = { write: () => undefined },
): Promise<OpenedLimits> {
  const config = storeSchema.parse({ kind: 'redis', timeout_ms: 1000, ...written });
  if (config.kind !== 'redis') throw new TypeError('not redis');
  const metrics = createMetrics({ version: 'test', nowMs: () => 0 });
  const log = createLog({ config: telemetrySchema.parse({}), version: 'test', output });
  const local = new MemoryTokenBuckets(1000, systemClock);
  const localCounts = new MemoryCounts({ buckets: local, capacity: 1000, clock: systemClock });
  const opened = await openSharedLimits({ config, pathOf: (path) => path, log, metrics, local, localCounts });
  return {
    ...opened,
    metrics,
    async counted(name) {
      const line = (await metrics.render()).split('\n').find((one) => one.startsWith(`${name} `));
      return Number(line?.split(' ').at(-1) ?? 0);
    },
  };
}
