import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import { countOf } from '../../src/policy/count-spec.fixture.ts';
import { limitOf } from '../../src/policy/limit-spec.fixture.ts';
import { attemptEvent, attemptsAreCounted } from '../../src/stages/limit/attempt-laws.fixture.ts';
import type { Asked, CountSpec } from '../../src/stages/limit/count-store.ts';
import { countOperation, type CountsSeen } from '../../src/stores/count-laws.fixture.ts';
import { beginEpochs, epochKeys } from '../../src/stores/redis/epoch.ts';
import type { RedisClient } from '../../src/stores/redis/open-redis.ts';
import { RedisCounts } from '../../src/stores/redis/redis-counts.ts';
import { countsObeyOnRedis } from './counts-obey-on-redis.ts';
import { openClient } from './open-client.ts';
import { whyNoRedis } from './redis-part.ts';
import { startCluster } from './start-cluster.ts';
import { startRedis } from './start-redis.ts';

const PREFIX = 'p';
const DAY_MS = 86_400_000;

let ids = 0;
function asking(counts: readonly CountSpec[], more: Partial<Asked> = {}): Asked {
  return { decisionId: `d${++ids}`, limits: [], counts, heldMs: 60_000, ...more };
}

function storeOf(client: RedisClient, isCluster = false): RedisCounts {
  return new RedisCounts({ client, prefix: PREFIX, isCluster });
}

async function begin(client: RedisClient): Promise<void> {
  await beginEpochs(client, epochKeys(PREFIX, false));
}

async function questionsTo(client: RedisClient): Promise<number> {
  return Number(/cmdstat_evalsha:calls=(\d+)/.exec(await client.info('commandstats'))?.[1] ?? 0);
}

suite('RedisCounts on a real Redis', { skip: whyNoRedis(), timeout: 120_000 }, () => {
  test('answers as the oracle does, whatever is asked and told', async () => {
    await using redis = await startRedis();
    using opened = await openClient({ socket: redis.socket, timeout_ms: 1000 });
    const seen: CountsSeen = { operations: 0, refused: 0, settled: 0 };
    await fc.assert(
      fc.asyncProperty(fc.array(countOperation, { minLength: 50, maxLength: 100 }), (operations) =>
        countsObeyOnRedis(opened.client, operations, seen),
      ),
      { numRuns: 40 },
    );
    assert.ok(seen.refused >= 200 && seen.settled >= 200, JSON.stringify(seen));
  });

  test('counts what attempts came to, each once, whatever becomes of them', async () => {
    await using redis = await startRedis();
    using opened = await openClient({ socket: redis.socket, timeout_ms: 1000 });
    await begin(opened.client);
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(attemptEvent, { maxLength: 40 }), (events) =>
        attemptsAreCounted(storeOf(opened.client), events, `run ${++runs}`),
      ),
      { numRuns: 40 },
    );
  });

  test('takes limits, budgets and what is concurrent in one round trip, all or nothing', async () => {
    await using redis = await startRedis();
    using opened = await openClient({ socket: redis.socket, timeout_ms: 1000 });
    const { client } = opened;
    await begin(client);
    const store = storeOf(client);
    const tiers = [{ burst: 2, refill: 1, periodMs: DAY_MS }];
    const limits = [limitOf('l', { tiers }), limitOf('m', { tiers, tenant: 'acme' })];
    const counts = [
      countOf('b', { most: 9 }),
      countOf('b', { kind: 'cost', most: 100, amount: 40, tenant: 'acme' }),
      countOf('c', { kind: 'concurrent', most: 5, tenant: 'acme' }),
    ];
    const first = asking(counts, { limits });
    assert.deepEqual(await store.reserve(first), { kind: 'taken', remaining: [1, 1], left: [8, 60, 4] });
    const before = await questionsTo(client);
    assert.deepEqual(await store.reserve(asking(counts, { limits })), {
      kind: 'taken',
      remaining: [0, 0],
      left: [7, 20, 3],
    });
    assert.equal(await questionsTo(client), before + 1);
    assert.equal((await store.reserve(asking(counts, { limits }))).kind, 'full');
    const cheap = counts.map((count) => ({ ...count, amount: 1 }));
    assert.equal((await store.reserve(asking(cheap, { limits }))).kind, 'short');
    assert.equal((await store.look({ kind: 'calls', key: 'b', tenant: undefined }))?.spent, 2);
  });

  test('hears from another instance what a call came to, once', async () => {
    await using redis = await startRedis();
    using here = await openClient({ socket: redis.socket, timeout_ms: 1000 });
    using there = await openClient({ socket: redis.socket, timeout_ms: 1000 });
    await begin(here.client);
    const budget = { ...countOf('b', { most: 100, amount: 40 }), kind: 'cost' } as const;
    const lease = countOf('c', { kind: 'concurrent', most: 1 });
    const asked = asking([budget, lease]);
    assert.equal((await storeOf(here.client).reserve(asked)).kind, 'taken');
    const settled = [
      { ...budget, actual: 7 },
      { ...lease, actual: 0 },
    ];
    await storeOf(there.client).settle(asked.decisionId, settled);
    await storeOf(here.client).settle(asked.decisionId, [
      { ...budget, actual: 90 },
      { ...lease, actual: 0 },
    ]);
    assert.equal((await storeOf(here.client).look(budget))?.spent, 7);
    assert.equal((await storeOf(there.client).reserve(asking([lease]))).kind, 'taken');
  });

  test('gives back by itself what is concurrent, and keeps a budget as it was reserved', async () => {
    await using redis = await startRedis();
    using opened = await openClient({ socket: redis.socket, timeout_ms: 1000 });
    const { client } = opened;
    await begin(client);
    const store = storeOf(client);
    const budget = { ...countOf('b'), kind: 'calls' } as const;
    const lease = countOf('c', { kind: 'concurrent', most: 1 });
    const lost = asking([budget, lease], { heldMs: 40 });
    assert.equal((await store.reserve(lost)).kind, 'taken');
    while ((await store.reserve(asking([lease]))).kind !== 'taken') await pause(5);
    await store.settle(lost.decisionId, [
      { ...budget, actual: 0 },
      { ...lease, actual: 0 },
    ]);
    assert.equal((await store.look(budget))?.spent, 1);
  });

  test('counts what it does not know as used up', async () => {
    await using redis = await startRedis();
    using opened = await openClient({ socket: redis.socket, timeout_ms: 1000 });
    const { client } = opened;
    const store = storeOf(client);
    const budget = countOf('b');
    const whyNot = async (count: CountSpec): Promise<string> => {
      const answer = await store.reserve(asking([count]));
      return answer.kind === 'uncounted' ? answer.why : answer.kind;
    };
    assert.equal(await whyNot(budget), 'not-ready');
    assert.deepEqual(await client.keys('*'), []);
    // What is not used up for good needs no memory.
    assert.equal(await whyNot(countOf('c', { kind: 'concurrent' })), 'taken');
    await begin(client);
    const epochMs = Number(await client.get(`${PREFIX}:{epoch}:epoch`));
    assert.equal(await whyNot(budget), 'taken');
    assert.equal(await whyNot(countOf('old', { sinceMs: epochMs - 1 })), 'too-old');
    assert.equal(await whyNot(countOf('new', { sinceMs: epochMs })), 'taken');
    await begin(client);
    assert.equal(await client.get(`${PREFIX}:{epoch}:epoch`), String(epochMs));
    await client.flushall();
    assert.equal(await whyNot(budget), 'not-ready');
  });

  test('keeps nothing of what callers are called, and nothing longer than it counts', async () => {
    await using redis = await startRedis();
    using opened = await openClient({ socket: redis.socket });
    const { client } = opened;
    await begin(client);
    const hostile = '}{\r\nFLUSHALL\r\n\0 ';
    const counts = (['calls', 'cost', 'concurrent'] as const).map((kind) =>
      countOf(hostile, { kind, tenant: hostile }),
    );
    assert.equal((await storeOf(client).reserve(asking(counts))).kind, 'taken');
    const keys = (await client.keys('*')).filter((key) => !key.endsWith('epoch'));
    assert.equal(keys.length, 4);
    for (const key of keys) {
      assert.match(key, /^p:\{(calls|[\w-]{22})\}:[nmcr]:[\w-]{22}$/);
      const left = await client.pttl(key);
      assert.ok(left > 50_000 && left <= 3_600_000, `${key} ${left}`);
    }
  });
});

suite('RedisCounts on a real Redis Cluster', { skip: whyNoRedis(), timeout: 120_000 }, () => {
  test('counts in every slot behind its own epoch, and gives back what tenants share', async () => {
    await using cluster = await startCluster();
    using opened = await openClient({ cluster: { nodes: cluster.nodes }, timeout_ms: 1000 });
    const store = storeOf(opened.client, true);
    const shared = { ...countOf('shared', { most: 100 }), kind: 'calls' } as const;
    const own = countOf('own', { tenant: 'acme', most: 1 });
    assert.equal((await store.reserve(asking([own]))).kind, 'uncounted');
    const { made, of } = await beginEpochs(opened.client, epochKeys(PREFIX, true));
    assert.deepEqual([made, of], [16_384, 16_384]);
    for (let tenant = 0; tenant < 20; tenant += 1) {
      assert.equal((await store.reserve(asking([shared, countOf('t', { tenant: `${tenant}` })]))).kind, 'taken');
    }
    assert.equal((await store.reserve(asking([own, shared]))).kind, 'taken');
    assert.equal((await store.reserve(asking([own, shared]))).kind, 'full');
    assert.equal((await store.look(shared))?.spent, 21);
  });
});
