import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { call, facts } from '../../decision/facts.fixture.ts';
import { deny, type Found, found } from '../../decision/verdict.ts';
import type { Reservation } from '../../decision/facts.ts';
import { limitOf } from '../../policy/limit-spec.fixture.ts';
import type { LimitSpec } from './limit-store.ts';
import { tellQuotas } from './tell-quotas.ts';

const never = new AbortController().signal;
const identity = { ...facts.identity, claims: undefined, capability: undefined };
const minute = { burst: 10, refill: 4, periodMs: 60_000 };
const day = { burst: 1000, refill: 1000, periodMs: 86_400_000 };
const own = limitOf('own', { name: 'own', tenant: 'acme', tiers: [minute], cost: 3 });
const two = limitOf('two', { name: 'two', tenant: 'acme', tiers: [minute, day] });
const shared = limitOf('shared', { name: 'shared', tiers: [minute] });

async function told(limitSpecs: readonly LimitSpec[], taking: Found<Reservation>, isTold = true) {
  await using undo = new AsyncDisposableStack();
  const ruling = { ...facts.ruling, limitSpecs };
  const tell = tellQuotas(
    () => taking,
    () => isTold,
  );
  return await tell(call, identity, ruling, undo, never);
}

function taken(...remaining: readonly (readonly [limit: string, remaining: number])[]): Found<Reservation> {
  return found({ taken: remaining.map(([limit, left]) => ({ limit, cost: 1, remaining: left })) });
}

suite('tellQuotas()', () => {
  test('counts in calls, rounded down, and in seconds, rounded up', async () => {
    const answer = await told([own], taken(['own', 5]));
    assert.deepEqual(answer.kind === 'found' && answer.value.quotas, [
      { policies: [{ name: 'own', calls: 3, windowS: 150 }], name: 'own', left: 1 },
    ]);
  });

  test('names each of several rates, and tells of the narrowest', async () => {
    const answer = await told([two], taken(['two', 7]));
    assert.deepEqual(answer.kind === 'found' && answer.value.quotas, [
      {
        policies: [
          { name: 'two/minute', calls: 10, windowS: 150 },
          { name: 'two/day', calls: 1000, windowS: 86_400 },
        ],
        name: 'two/minute',
        left: 7,
      },
    ]);
  });

  test('tells nothing of what several tenants share, and nothing where callers are not told', async () => {
    const answer = await told([shared], taken(['shared', 5]));
    assert.deepEqual(answer, taken(['shared', 5]));
    const silent = await told([own], taken(['own', 5]), false);
    assert.deepEqual(silent, taken(['own', 5]));
    const refused = deny('limit', 'limit.exceeded', { rule: 'shared', retryAfterMs: 1000 });
    assert.equal(await told([shared, own], refused), refused);
  });

  test('says with a refusal for how long there is none, as it says when to come back', async () => {
    const refused = deny('limit', 'limit.exceeded', { rule: 'own', retryAfterMs: 1001 });
    const answer = await told([own, two], refused);
    assert.deepEqual(answer.kind === 'deny' && answer.detail.quotas, [
      { policies: [{ name: 'own', calls: 3, windowS: 150 }], name: 'own', left: 0, noneForS: 2 },
    ]);
  });

  test('leaves other refusals alone', async () => {
    for (const refused of [
      deny('limit', 'limit.exceeded', { rule: 'own' }),
      deny('limit', 'limit.unavailable', { rule: 'own', retryAfterMs: 1000 }),
      deny('limit', 'limit.exceeded', { rule: 'other', retryAfterMs: 1000 }),
    ]) {
      assert.equal(await told([own], refused), refused);
    }
  });

  test('never says more than there is, nor less than nothing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: -100, max: 10 }), fc.integer({ min: 1, max: 10 }), async (left, cost) => {
        const answer = await told([{ ...own, cost }], taken(['own', left]));
        const [quota] = answer.kind === 'found' ? (answer.value.quotas ?? []) : [];
        assert.ok(quota !== undefined && quota.left >= 0 && quota.left * cost <= Math.max(0, left));
      }),
    );
  });
});
