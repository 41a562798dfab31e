import { type CountOperation, type CountsSeen, obeysTheCountOracle } from '../../src/stores/count-laws.fixture.ts';
import { BEGINNING_MS } from '../../src/stores/limit-laws.fixture.ts';
import { beginEpochs, epochKeys } from '../../src/stores/redis/epoch.ts';
import type { RedisClient } from '../../src/stores/redis/open-redis.ts';
import { RedisCounts } from '../../src/stores/redis/redis-counts.ts';

const PREFIX = 'p';

/** Empties Redis, and holds it to the oracle: answers, and every byte that a refusal leaves. */
export async function countsObeyOnRedis(
  client: RedisClient,
  operations: readonly CountOperation[],
  seen: CountsSeen,
): Promise<void> {
  await client.flushall();
  await beginEpochs(client, epochKeys(PREFIX, false));
  let nowMs = BEGINNING_MS;
  const store = new RedisCounts({ client, prefix: PREFIX, isCluster: false, nowMs: () => nowMs });
  const contents = async (): Promise<string> => {
    const keys = (await client.keys('*')).toSorted();
    return JSON.stringify(await Promise.all(keys.map(async (key) => [key, String(await client.dumpBuffer(key))])));
  };
  await obeysTheCountOracle({ store, moveTo: (toMs) => void (nowMs = toMs), contents }, operations, seen);
}
