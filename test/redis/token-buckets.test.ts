import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { limitOf } from '../../src/policy/limit-spec.fixture.ts';
import { limitOperation, type Seen } from '../../src/stores/limit-laws.fixture.ts';
import { RedisTokenBuckets } from '../../src/stores/redis/redis-token-buckets.ts';
import { obeysOnRedis } from './obeys-on-redis.ts';
import { openClient } from './open-client.ts';
import { whyNoRedis } from './redis-part.ts';
import { startRedis } from './start-redis.ts';

const DAY_MS = 86_400_000;

suite('RedisTokenBuckets on a real Redis', { skip: whyNoRedis(), timeout: 120_000 }, () => {
  test('answers as the oracle does, whatever is asked and however the clock steps', async () => {
    await using redis = await startRedis();
    using opened = await openClient({ socket: redis.socket, timeout_ms: 1000 });
    const seen: Seen = { operations: 0, refused: 0, waits: 0 };
    await fc.assert(
      fc.asyncProperty(fc.array(limitOperation, { minLength: 50, maxLength: 100 }), (operations) =>
        obeysOnRedis(opened.client, operations, seen),
      ),
      { numRuns: 40 },
    );
    assert.ok(seen.operations >= 2000 && seen.refused >= 300 && seen.waits >= 300, JSON.stringify(seen));
  });

  test('keeps nothing of what callers are called, and nothing longer than until it is full', async () => {
    await using redis = await startRedis();
    using opened = await openClient({ socket: redis.socket });
    const { client } = opened;
    const store = new RedisTokenBuckets({ client, prefix: 'p', isCluster: false });
    const hostile = '}{\r\nFLUSHALL\r\n\0 ';
    const tiers = [{ burst: 10, refill: 10, periodMs: DAY_MS }];
    const limits = [
      limitOf(`a${hostile}`, { tenant: hostile, tiers }),
      limitOf(`b${hostile}`, { tenant: hostile, tiers }),
      limitOf(`c${hostile}`, { tiers }),
    ];
    assert.deepEqual(await store.take(limits), { kind: 'taken', remaining: [9, 9, 9] });
    const keys = await client.keys('*');
    assert.equal(keys.length, 3);
    for (const key of keys) {
      assert.match(key, /^p:\{(shared|[\w-]{22})\}:b:[\w-]{22}$/);
      const left = await client.pttl(key);
      assert.ok(left > 0.099 * DAY_MS && left <= 0.1 * DAY_MS, `${left}`);
    }
    // All that a tenant counts by has one hash tag.
    assert.equal(new Set(keys.map((key) => /\{.*\}/.exec(key)?.[0])).size, 2);
    await store.refund(limits);
    while ((await client.dbsize()) > 0);
  });

  test('knows what it must when Redis has forgotten the script', async () => {
    await using redis = await startRedis();
    using opened = await openClient({ socket: redis.socket });
    const store = new RedisTokenBuckets({ client: opened.client, prefix: 'p', isCluster: false });
    const limit = limitOf('a', { tiers: [{ burst: 3, refill: 1, periodMs: DAY_MS }] });
    assert.deepEqual(await store.take([limit]), { kind: 'taken', remaining: [2] });
    await opened.client.script('FLUSH');
    assert.deepEqual(await store.take([limit]), { kind: 'taken', remaining: [1] });
  });

  test('answers an error for what is no bucket, and writes nothing over it', async () => {
    await using redis = await startRedis();
    using opened = await openClient({ socket: redis.socket });
    const { client } = opened;
    const store = new RedisTokenBuckets({ client, prefix: 'p', isCluster: false });
    await store.take([limitOf('a', { tiers: [{ burst: 3, refill: 1, periodMs: DAY_MS }] })]);
    const [key = ''] = await client.keys('*');
    for (const [write, read] of [
      [() => client.set(key, 'abc'), () => client.get(key)],
      [() => client.del(key).then(() => client.lpush(key, 'abc')), () => client.lrange(key, 0, 9).then(String)],
    ] as const) {
      await write();
      await assert.rejects(Promise.resolve(store.take([limitOf('a')])));
      assert.equal(await read(), 'abc');
    }
  });

  test('takes no more than there is, whoever asks at once', async () => {
    await using redis = await startRedis();
    using one = await openClient({ socket: redis.socket, timeout_ms: 1000 });
    using other = await openClient({ socket: redis.socket, timeout_ms: 1000 });
    const stores = [one, other].map(({ client }) => new RedisTokenBuckets({ client, prefix: 'p', isCluster: false }));
    const limit = limitOf('a', { tiers: [{ burst: 50, refill: 1, periodMs: DAY_MS }], cost: 1 });
    const asked = Array.from({ length: 100 }, () => stores.map((store) => store.take([limit]))).flat();
    const kinds = (await Promise.all(asked)).map(({ kind }) => kind);
    assert.equal(kinds.filter((kind) => kind === 'taken').length, 50);
  });

  test('asks nothing about a call that more limits match than one script should look at', async () => {
    await using redis = await startRedis();
    using opened = await openClient({ socket: redis.socket });
    const store = new RedisTokenBuckets({ client: opened.client, prefix: 'p', isCluster: false });
    const limits = Array.from({ length: 65 }, (_, index) => limitOf(`${index}`));
    assert.equal((await store.take(limits.slice(1))).kind, 'taken');
    assert.equal((await store.take(limits)).kind, 'lost');
  });
});
