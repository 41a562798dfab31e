import { randomUUID } from 'node:crypto';
import { errorOf } from '../kit/cause.ts';
import { systemClock } from '../kit/clock.ts';
import { withinTime } from '../kit/within-time.ts';
import type { CountStore } from '../stages/limit/count-store.ts';
import type { LimitStore } from '../stages/limit/limit-store.ts';
import type { RedisStoreConfig } from '../stores/redis/config.ts';
import { ConnectionFault } from '../stores/redis/connection-fault.ts';
import { countInstances } from '../stores/redis/instance-count.ts';
import { RedisCounts } from '../stores/redis/redis-counts.ts';
import { RedisTokenBuckets } from '../stores/redis/redis-token-buckets.ts';
import { Heart } from '../stores/shared-limits/heart.ts';
import { leaseSizeOf } from '../stores/shared-limits/lease-size.ts';
import { LeasedLimits } from '../stores/shared-limits/leased-limits.ts';
import { SharedCounts } from '../stores/shared-limits/shared-counts.ts';
import { SharedLimits } from '../stores/shared-limits/shared-limits.ts';
import { StoreHealth } from '../stores/shared-limits/store-health.ts';
import { WatchedStore } from '../stores/shared-limits/watched-store.ts';
import { closeRedis, connectRedis, redisReady } from './connect-redis.ts';
import type { OpenLimits, OpenLimitsOptions } from './open-limits.ts';

export interface OpenSharedLimitsOptions extends Pick<OpenLimitsOptions, 'pathOf' | 'log' | 'metrics'> {
  readonly config: RedisStoreConfig;
  readonly local: LimitStore;
  readonly localCounts: CountStore;
}

/** Longest time the start waits for Redis. Then it serves all the same, as its limits say for when the store is lost. */
const START_MS = 2000;
const FAILURES_TO_LOSE = 5;
const PROBE_MS = 250;
const HEARTBEAT_MS = 5000;
const GONE_AFTER_MS = 15_000;
/** Limits whose lease or refusal is remembered. */
const MAX_REMEMBERED = 20_000;

/**
 * Connects to Redis and counts limits there, together with every instance that names the same one.
 *
 * @throws Error when a file that the configuration names cannot be read.
 */
export async function openSharedLimits(options: OpenSharedLimitsOptions): Promise<OpenLimits> {
  const { config, pathOf, local, localCounts, log, metrics } = options;
  const client = await connectRedis({
    config,
    pathOf,
    onError: (cause) => log.debug('Redis', { cause: errorOf(cause) }),
  });
  const connection = new ConnectionFault(client);
  const health = new StoreHealth({
    clock: systemClock,
    behind: (cause) => connection.behind(cause),
    failuresToLose: FAILURES_TO_LOSE,
    onChange(isLost, cause) {
      if (isLost)
        log.error('the store of limits is lost; each limit does what it says for that', { cause: errorOf(cause) });
      else log.info('the store of limits can be had again');
    },
  });
  metrics.watchLimitStore(() => ({ isLost: health.isLost, lostMs: health.lostMs() }));
  const prefix = config.key_prefix;
  const name = randomUUID();
  const heart = new Heart({
    beat: async () => await countInstances({ client, prefix, name, goneAfterMs: GONE_AFTER_MS }),
    health,
    atLeast: config.instances,
    everyMs: HEARTBEAT_MS,
    probeMs: PROBE_MS,
  });
  // A store that was lost is asked as soon as it can be reached, and not at the next probe.
  client.on('ready', () => void (health.isLost && heart.beat()));
  await withinTime(redisReady(client), START_MS);
  await heart.beat();
  const isCluster = config.cluster !== undefined;
  const buckets = new RedisTokenBuckets({ client, prefix, isCluster });
  const store = new SharedLimits({
    shared: new LeasedLimits({
      shared: new WatchedStore({ store: buckets, health, timeoutMs: config.timeout_ms }),
      clock: systemClock,
      sizeOf: config.leases ? (limit) => leaseSizeOf(limit, heart.instances) : () => 0,
      capacity: MAX_REMEMBERED,
    }),
    local,
    health,
    instances: () => heart.instances,
    timeoutMs: config.timeout_ms,
    onWithout: (how) => metrics.limitedWithoutStore(how),
  });
  const counts = new SharedCounts({
    shared: new RedisCounts({ client, prefix, isCluster }),
    local: localCounts,
    localLimits: local,
    health,
    instances: () => heart.instances,
    timeoutMs: config.timeout_ms,
    onWithout: (how) => metrics.limitedWithoutStore(how),
  });
  return {
    store,
    counts,
    async [Symbol.asyncDispose]() {
      heart[Symbol.dispose]();
      await closeRedis(client, config.timeout_ms);
    },
  };
}
