import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { AdaptiveFactors } from '../../src/stages/limit/adaptive-factors.ts';
import { AdaptiveLimits } from '../../src/stages/limit/adaptive-limits.ts';
import type { LimitStore } from '../../src/stages/limit/limit-store.ts';
import { limitOf } from '../../src/policy/limit-spec.fixture.ts';
import { MemoryTokenBuckets } from '../../src/stores/memory/token-buckets.ts';
import { RedisTokenBuckets } from '../../src/stores/redis/redis-token-buckets.ts';
import { openClient } from './open-client.ts';
import { whyNoRedis } from './redis-part.ts';
import { startRedis } from './start-redis.ts';

const HOUR_MS = 3_600_000;
const SETTINGS = { minimum: 0.1, intervalMs: HOUR_MS, step: 0.05, slowCallMs: 100, slowRate: 50, minimumCalls: 4 };
const limit = limitOf('k', { tiers: [{ burst: 1, refill: 36, periodMs: HOUR_MS }], adaptsTo: 'files' });

/** How long one has to wait for the next token, before and after the server asked for less: whole seconds, rounded up. */
async function waits(store: LimitStore): Promise<readonly number[]> {
  const factors = new AdaptiveFactors({ clock: { monotonicMs: () => 0 }, isLate: () => false });
  factors.enforce([['files', SETTINGS]]);
  const limits = new AdaptiveLimits(store, factors);
  const wait = async (): Promise<number> => {
    const taking = await limits.take([limit]);
    return taking.kind === 'short' ? Math.round(taking.retryAfterMs / 10_000) * 10 : 0;
  };
  const before = [await wait(), await wait()];
  factors.began('d', 'files');
  factors.ended({ decisionId: 'd', kind: 'answered', httpStatus: 429, durationMs: 1, replyBytes: 0 });
  return [...before, await wait()];
}

suite('AdaptiveLimits', () => {
  test('scale what is in memory', async () => {
    assert.deepEqual(await waits(new MemoryTokenBuckets(10, { monotonicMs: () => 0 })), [0, 100, 200]);
  });

  test('scale what is in a real Redis', { skip: whyNoRedis() }, async () => {
    await using redis = await startRedis();
    using opened = await openClient({ socket: redis.socket, timeout_ms: 1000 });
    const store = new RedisTokenBuckets({ client: opened.client, prefix: 'p', isCluster: false });
    assert.deepEqual(await waits(store), [0, 100, 200]);
  });
});

/** What instances with factors of their own do to buckets that they share: who asks next, after how long, and what its server says. */
const asks = fc.array(
  fc.record({ who: fc.nat(2), afterMs: fc.integer({ min: 1, max: 400 }), status: fc.constantFrom(200, 200, 429) }),
  { minLength: 1, maxLength: 300 },
);
const PER_SECOND = 10;
const BURST = 5;

suite('adaptive limits of several instances over the same buckets', () => {
  test('admit no more than the rate that is written, and let nobody wait longer than at the minimum', async () => {
    const shared = limitOf('k', { tiers: [{ burst: BURST, refill: PER_SECOND, periodMs: 1000 }], adaptsTo: 'files' });
    await fc.assert(
      fc.asyncProperty(asks, async (plan) => {
        const clock = { atMs: 0, monotonicMs: () => clock.atMs };
        const buckets = new MemoryTokenBuckets(10, clock);
        const instances = Array.from({ length: 3 }, () => {
          const factors = new AdaptiveFactors({ clock, isLate: () => false });
          factors.enforce([['files', { ...SETTINGS, intervalMs: 1000 }]]);
          return { factors, limits: new AdaptiveLimits(buckets, factors) };
        });
        let taken = 0;
        for (const { who, afterMs, status } of plan) {
          clock.atMs += afterMs;
          const { factors, limits } = instances[who] ?? assert.fail();
          const isTaken = (await limits.take([shared])).kind === 'taken';
          taken += isTaken ? 1 : 0;
          factors.began('d', 'files');
          factors.ended({ decisionId: 'd', kind: 'answered', httpStatus: status, durationMs: 1, replyBytes: 0 });
        }
        const most = BURST + (PER_SECOND * clock.atMs) / 1000;
        assert.ok(taken <= most, `${taken} of ${most}`);
        // Each has waited at most as long as a token takes at the minimum.
        const { limits } = instances[0] ?? assert.fail();
        clock.atMs += 1000 / (PER_SECOND * SETTINGS.minimum);
        assert.equal((await limits.take([shared])).kind, 'taken');
      }),
    );
  });
});
