import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
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
