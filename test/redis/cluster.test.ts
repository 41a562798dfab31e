import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { limitOf } from '../../src/policy/limit-spec.fixture.ts';
import type { LimitSpec } from '../../src/stages/limit/limit-store.ts';
import { RedisTokenBuckets } from '../../src/stores/redis/redis-token-buckets.ts';
import { type OpenClient, openClient } from './open-client.ts';
import { whyNoRedis } from './redis-part.ts';
import { type RunningCluster, startCluster } from './start-cluster.ts';

const DAY_MS = 86_400_000;

function ofADay(key: string, burst: number, more: Partial<LimitSpec> = {}): LimitSpec {
  return limitOf(key, { tiers: [{ burst, refill: 1, periodMs: DAY_MS }], ...more });
}

suite('RedisTokenBuckets on a real Redis Cluster', { skip: whyNoRedis(), timeout: 120_000 }, () => {
  let cluster: RunningCluster;
  let opened: OpenClient;
  let store: RedisTokenBuckets;

  before(async () => {
    cluster = await startCluster();
    opened = await openClient({ cluster: { nodes: cluster.nodes }, timeout_ms: 1000 });
    store = new RedisTokenBuckets({ client: opened.client, prefix: 'p', isCluster: true });
  });
  after(async () => {
    opened[Symbol.dispose]();
    await cluster[Symbol.asyncDispose]();
  });

  test('takes all limits of a tenant at once, wherever the tenant lies', async () => {
    for (let tenant = 0; tenant < 20; tenant += 1) {
      const limits = ['a', 'b', 'c'].map((key) => ofADay(`${key}${tenant}`, 5, { tenant: `${tenant}` }));
      assert.deepEqual(await store.take(limits), { kind: 'taken', remaining: [4, 4, 4] });
    }
  });

  test('gives back what tenants share when the limit of one refuses', async () => {
    const shared = ofADay('shared', 10);
    const own = ofADay('own', 2, { tenant: 'acme' });
    assert.deepEqual(await store.take([own, shared]), { kind: 'taken', remaining: [1, 9] });
    assert.deepEqual(await store.take([own, shared]), { kind: 'taken', remaining: [0, 8] });
    for (let tries = 0; tries < 5; tries += 1) {
      const taking = await store.take([own, shared]);
      assert.deepEqual([taking.kind, taking.kind === 'short' && taking.limit], ['short', own]);
    }
    assert.deepEqual(await store.peek([shared]), { kind: 'taken', remaining: [7] });
  });

  test('takes nothing of a tenant when what tenants share is used up', async () => {
    const shared = ofADay('rare', 1);
    const own = ofADay('own', 9, { tenant: 'other' });
    assert.equal((await store.take([own, shared])).kind, 'taken');
    const taking = await store.take([own, shared]);
    assert.deepEqual([taking.kind, taking.kind === 'short' && taking.limit], ['short', shared]);
    assert.deepEqual(await store.peek([own]), { kind: 'taken', remaining: [7] });
  });
});
