import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { RedisClient } from '../../src/stores/redis/open-redis.ts';
import { countOf } from '../../src/policy/count-spec.fixture.ts';
import { limitOf } from '../../src/policy/limit-spec.fixture.ts';
import type { LimitSpec, LimitStore } from '../../src/stages/limit/limit-store.ts';
import { beginEpochs, epochKeys } from '../../src/stores/redis/epoch.ts';
import { openClient } from './open-client.ts';
import { openLimits, type OpenedLimits } from './open-limits.ts';
import { whyNoRedis } from './redis-part.ts';
import { startRedis } from './start-redis.ts';

const BURST = 100;
const DAY = [{ burst: BURST, refill: 1, periodMs: 86_400_000 }];
const closed = limitOf('closed', { tiers: DAY, whenStoreLost: 'closed' });
const open = limitOf('open', { tiers: DAY, whenStoreLost: 'open' });

async function kindOf(store: LimitStore, limit: LimitSpec): Promise<string> {
  return (await store.take([limit])).kind;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await pause(10);
}

/** Takes until the store counts as lost, then sees that closed refuses, open passes and the metric says so. */
async function seesItLost(limits: OpenedLimits): Promise<void> {
  await until(async () => (await kindOf(limits.store, closed)) === 'lost' && (await isLost(limits)));
  assert.equal(await kindOf(limits.store, open), 'taken');
}

async function isLost(limits: OpenedLimits): Promise<boolean> {
  return (await limits.counted('sallyport_limit_store_lost')) === 1;
}

async function seesItBack(limits: OpenedLimits): Promise<void> {
  await until(async () => !(await isLost(limits)));
  assert.equal(await kindOf(limits.store, closed), 'taken');
  assert.ok((await limits.counted('sallyport_limit_store_lost_seconds_total')) > 0);
}

/** What an operator, an accident or another user of the same Redis does to it, and how it ends. */
const FAULTS: readonly {
  readonly what: string;
  readonly begin: (admin: RedisClient, other: RedisClient) => Promise<unknown>;
  readonly end: (admin: RedisClient) => Promise<unknown>;
}[] = [
  {
    what: 'became a replica, which takes no writes',
    begin: (admin) => admin.replicaof('127.0.0.1', 1),
    end: (admin) => admin.replicaof('NO', 'ONE'),
  },
  {
    what: 'has no memory left',
    begin: (admin) => admin.config('SET', 'maxmemory', '1'),
    end: (admin) => admin.config('SET', 'maxmemory', '0'),
  },
  {
    what: 'is busy with a script that does not end',
    begin: async (admin, other) => {
      await admin.config('SET', 'busy-reply-threshold', '50');
      // Whoever asks for it does not wait either.
      other.eval('while true do end', 0).catch(() => undefined);
    },
    end: (admin) => admin.script('KILL'),
  },
];

suite('limits in a Redis that', { skip: whyNoRedis(), timeout: 120_000 }, () => {
  for (const { what, begin, end } of FAULTS) {
    test(`${what} are those of a lost store until it is over`, async () => {
      await using redis = await startRedis();
      using admin = await openClient({ socket: redis.socket, timeout_ms: 1000 });
      using other = await openClient({ socket: redis.socket, timeout_ms: 1000 });
      await using limits = await openLimits({ socket: redis.socket });
      assert.equal(await kindOf(limits.store, closed), 'taken');
      await begin(admin.client, other.client);
      await seesItLost(limits);
      await end(admin.client);
      await seesItBack(limits);
    });
  }

  test('hangs are answered while it hangs, and never too many pass', async () => {
    await using redis = await startRedis();
    await using limits = await openLimits({ socket: redis.socket });
    let taken = 0;
    const call = async (): Promise<void> => {
      if ((await kindOf(limits.store, closed)) === 'taken') taken += 1;
    };
    for (let calls = 0; calls < 20; calls += 1) await call();
    redis.freeze();
    await Promise.all(Array.from({ length: 60 }, call));
    assert.equal(await isLost(limits), true);
    redis.thaw();
    await until(async () => !(await isLost(limits)));
    await Promise.all(Array.from({ length: 2 * BURST }, call));
    assert.ok(taken <= BURST, `${taken}`);
    assert.equal(await kindOf(limits.store, closed), 'short');
  });

  test('hangs let nobody use up more of a budget than there is', async () => {
    await using redis = await startRedis();
    using admin = await openClient({ socket: redis.socket, timeout_ms: 1000 });
    await beginEpochs(admin.client, epochKeys('sallyport', false));
    await using limits = await openLimits({ socket: redis.socket });
    const budget = { ...countOf('b', { most: BURST }), kind: 'calls' } as const;
    let taken = 0;
    let asked = 0;
    const call = async (): Promise<void> => {
      const decisionId = `d${++asked}`;
      const { kind } = await limits.counts.reserve({ decisionId, limits: [], counts: [budget], heldMs: 60_000 });
      if (kind === 'taken') taken += 1;
    };
    for (let calls = 0; calls < 20; calls += 1) await call();
    redis.freeze();
    await Promise.all(Array.from({ length: 60 }, call));
    assert.deepEqual([taken, await isLost(limits)], [20, true]);
    redis.thaw();
    await until(async () => !(await isLost(limits)));
    await Promise.all(Array.from({ length: 2 * BURST }, call));
    const spent = (await limits.counts.look(budget))?.spent ?? 0;
    assert.ok(taken <= spent && spent <= BURST, `${taken} of ${spent}`);
  });

  test('is killed lose nothing but what it knew', async () => {
    await using redis = await startRedis();
    await using limits = await openLimits({ socket: redis.socket });
    const other = { ...closed, key: 'other', cost: BURST };
    assert.equal(await kindOf(limits.store, other), 'taken');
    assert.equal(await kindOf(limits.store, other), 'short');
    await redis.kill();
    await seesItLost(limits);
    await redis.restart();
    await seesItBack(limits);
    // A refusal is remembered for a second at most.
    await until(async () => (await kindOf(limits.store, other)) === 'taken');
  });

  test('goes away leave each instance its share of as many as there were', async () => {
    await using redis = await startRedis();
    await using _first = await openLimits({ socket: redis.socket });
    await using second = await openLimits({ socket: redis.socket });
    const local = limitOf('local', { tiers: [{ burst: 7, refill: 1, periodMs: 86_400_000 }], whenStoreLost: 'local' });
    await redis.kill();
    await seesItLost(second);
    const kinds: string[] = [];
    for (let calls = 0; calls < 5; calls += 1) kinds.push(await kindOf(second.store, local));
    assert.deepEqual(kinds, ['taken', 'taken', 'taken', 'short', 'short']);
    assert.equal(await second.counted('sallyport_limits_without_store_total{how="local"}'), 5);
  });
});

suite('limits in a Redis that is not there at the start', { skip: whyNoRedis(), timeout: 120_000 }, () => {
  test('are those of a lost store, and count as soon as it comes', async () => {
    await using redis = await startRedis();
    await redis.kill();
    await using limits = await openLimits({ socket: redis.socket });
    await seesItLost(limits);
    await redis.restart();
    await seesItBack(limits);
  });
});

suite('limits in a Redis that wants a password', { skip: whyNoRedis(), timeout: 120_000 }, () => {
  test('are counted with the one in its file, and with no other', async () => {
    await using redis = await startRedis({ words: ['--requirepass', 'open sesame'] });
    await writeFile(`${redis.socket}.right`, 'open sesame\n');
    await writeFile(`${redis.socket}.wrong`, 'close sesame\n');
    await using right = await openLimits({ socket: redis.socket, password_file: `${redis.socket}.right` });
    assert.equal(await kindOf(right.store, closed), 'taken');
    await using wrong = await openLimits({ socket: redis.socket, password_file: `${redis.socket}.wrong` });
    assert.equal(await kindOf(wrong.store, closed), 'lost');
  });
});

suite('limits in Redis with leases', { skip: whyNoRedis(), timeout: 120_000 }, () => {
  test('let no more pass than there are, whichever instance is asked', async () => {
    await using redis = await startRedis();
    using admin = await openClient({ socket: redis.socket, timeout_ms: 1000 });
    const settings = { socket: redis.socket, timeout_ms: 1000, leases: true, instances: 2 };
    await using one = await openLimits(settings);
    await using other = await openLimits(settings);
    const tiers = [{ burst: 400, refill: 20_000, periodMs: 1000 }];
    const limit = limitOf('fast', { tiers, whenStoreLost: 'local' });
    const startedMs = performance.now();
    const asked = Array.from({ length: 1000 }, () => [one, other].map(({ store }) => kindOf(store, limit))).flat();
    const taken = (await Promise.all(asked)).filter((kind) => kind === 'taken').length;
    const elapsedMs = performance.now() - startedMs;
    assert.ok(taken <= 400 + 20 * elapsedMs + 100, `${taken} in ${elapsedMs} ms`);
    const calls = /cmdstat_evalsha:calls=(\d+)/.exec(await admin.client.info('commandstats'))?.[1];
    assert.ok(Number(calls) < taken / 2, `${calls} questions for ${taken} calls`);
  });
});
