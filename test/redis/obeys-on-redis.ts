import { BEGINNING_MS, type LimitOperation, obeysTheOracle, type Seen } from '../../src/stores/limit-laws.fixture.ts';
import { RedisTokenBuckets } from '../../src/stores/redis/redis-token-buckets.ts';
import type { RedisClient } from '../../src/stores/redis/open-redis.ts';

/** Empties Redis, and holds it to the oracle: answers, and every byte that is stored. */
export async function obeysOnRedis(
  client: RedisClient,
  operations: readonly LimitOperation[],
  seen: Seen,
): Promise<void> {
  await client.flushall();
  let nowMs = BEGINNING_MS;
  const store = new RedisTokenBuckets({ client, prefix: 'test', isCluster: false, nowMs: () => nowMs });
  const contents = async (): Promise<string> => {
    const keys = (await client.keys('*')).toSorted();
    return keys.length === 0 ? '' : JSON.stringify([keys, await client.mgetBuffer(keys)]);
  };
  await obeysTheOracle({ store, moveTo: (toMs) => void (nowMs = toMs), contents }, operations, seen);
}
