import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { countOf } from '../../policy/count-spec.fixture.ts';
import { limitOf } from '../../policy/limit-spec.fixture.ts';
import type { Asked, CountSpec, CountStore } from '../../stages/limit/count-store.ts';
import { MemoryCounts } from '../memory/counts.ts';
import { MemoryTokenBuckets } from '../memory/token-buckets.ts';
import { SharedCounts } from './shared-counts.ts';
import { StoreHealth } from './store-health.ts';

/** Counts over a store that can be lost. */
function newShared(instances = 2) {
  const clock = { atMs: 0, monotonicMs: () => clock.atMs };
  const counts = (): [MemoryTokenBuckets, MemoryCounts] => {
    const buckets = new MemoryTokenBuckets(100, clock);
    return [buckets, new MemoryCounts({ buckets, capacity: 100, clock })];
  };
  const [, shared] = counts();
  const [localLimits, local] = counts();
  const health = new StoreHealth({ clock, failuresToLose: 1, onChange: () => undefined });
  const without: string[] = [];
  const store: CountStore = new SharedCounts({
    shared,
    local,
    localLimits,
    health,
    instances: () => instances,
    timeoutMs: 1000,
    onWithout: (how) => without.push(how),
  });
  let ids = 0;
  const ask = (counted: readonly CountSpec[], more: Partial<Asked> = {}) =>
    store.reserve({ decisionId: `d${++ids}`, limits: [], counts: counted, heldMs: 1000, ...more });
  return { store, shared, health, without, ask };
}

const lease = countOf('c', { kind: 'concurrent', most: 5, whenStoreLost: 'local' });
const budget = { ...countOf('b'), kind: 'calls' } as const;

suite('SharedCounts', () => {
  test('asks the shared store, and settles there', async () => {
    const { store, ask, shared } = newShared();
    assert.equal((await ask([budget], { decisionId: 'x' })).kind, 'taken');
    assert.equal(shared.look(budget)?.spent, 1);
    await store.settle('x', [{ ...budget, actual: 0 }]);
    assert.equal(shared.look(budget)?.spent, 0);
  });

  test('refuses budgets while the store is lost: what was used up is known there alone', async () => {
    const { ask, health, without } = newShared();
    health.failed(new Error('gone'));
    const answer = await ask([lease, budget]);
    assert.deepEqual([answer.kind, answer.kind === 'lost' && answer.name, without], ['lost', 'b', ['refused']]);
  });

  test('lets as many be under way as the share of one instance, and gives back there', async () => {
    const { ask, health, without } = newShared();
    health.failed(new Error('gone'));
    const limit = limitOf('l', { tiers: [{ burst: 8, refill: 1, periodMs: 1000 }], whenStoreLost: 'local' });
    const first = await ask([lease], { decisionId: 'x', limits: [limit] });
    assert.deepEqual([first.kind, first.kind === 'taken' && [first.remaining, first.left]], ['taken', [[3], [1]]]);
    assert.equal((await ask([lease])).kind, 'taken');
    const full = await ask([lease]);
    assert.deepEqual([full.kind, full.kind === 'full' && full.count], ['full', lease]);
    assert.equal(first.kind, 'taken');
    await (first.kind === 'taken' ? first.from?.settle('x', []) : undefined);
    assert.equal((await ask([lease])).kind, 'taken');
    assert.deepEqual(without, ['local', 'local', 'local', 'local']);
  });

  test('lets pass uncounted what says so', async () => {
    const { ask, health, without } = newShared();
    health.failed(new Error('gone'));
    for (let calls = 0; calls < 9; calls += 1)
      assert.equal((await ask([{ ...lease, whenStoreLost: 'open' }])).kind, 'taken');
    assert.deepEqual(new Set(without), new Set(['open']));
  });

  test('refuses when the share of one instance is nothing', async () => {
    const { ask, health } = newShared(10);
    health.failed(new Error('gone'));
    assert.equal((await ask([lease])).kind, 'lost');
  });
});
