import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { limitOf } from '../../src/policy/limit-spec.fixture.ts';
import { RedisTokenBuckets } from '../../src/stores/redis/redis-token-buckets.ts';
import { openClient } from './open-client.ts';
import { whyNoRedis } from './redis-part.ts';
import { startSentinel } from './start-sentinel.ts';

suite('RedisTokenBuckets on a Redis that Sentinels watch', { skip: whyNoRedis(), timeout: 120_000 }, () => {
  test('goes on with what the new master knows when the master dies', async () => {
    await using watched = await startSentinel();
    using opened = await openClient({ sentinel: { master: watched.master, nodes: watched.nodes }, timeout_ms: 1000 });
    const { client } = opened;
    const store = new RedisTokenBuckets({ client, prefix: 'p', isCluster: false });
    const limit = limitOf('a', { tiers: [{ burst: 100, refill: 1, periodMs: 86_400_000 }] });
    for (let calls = 0; calls < 10; calls += 1) await store.take([limit]);
    // The replica has them, and every Sentinel knows the replica.
    while ((await client.call('WAIT', '1', '500')) !== 1);
    await watched.killMaster();
    const takeAgain = async (): Promise<unknown> => store.take([limit]).catch(() => undefined);
    let taking = await takeAgain();
    while (taking === undefined) {
      await pause(20);
      taking = await takeAgain();
    }
    assert.deepEqual(taking, { kind: 'taken', remaining: [89] });
  });
});
