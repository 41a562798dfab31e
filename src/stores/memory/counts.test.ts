import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { countOf } from '../../policy/count-spec.fixture.ts';
import { limitOf } from '../../policy/limit-spec.fixture.ts';
import type { Asked, CountSpec } from '../../stages/limit/count-store.ts';
import { countOperation, type CountsSeen, obeysTheCountOracle } from '../count-laws.fixture.ts';
import { BEGINNING_MS } from '../limit-laws.fixture.ts';
import { MemoryCounts } from './counts.ts';
import { MemoryTokenBuckets } from './token-buckets.ts';

function newCounts(capacity = 100) {
  const clock = { atMs: BEGINNING_MS, monotonicMs: () => clock.atMs };
  const buckets = new MemoryTokenBuckets(capacity, clock);
  return { clock, buckets, counts: new MemoryCounts({ buckets, capacity, clock }) };
}

let ids = 0;
function asking(counts: readonly CountSpec[], more: Partial<Asked> = {}): Asked {
  return { decisionId: `d${++ids}`, limits: [], counts, heldMs: 1000, ...more };
}

suite('MemoryCounts', () => {
  test('answers as the oracle does, whatever is asked and told', async () => {
    const seen: CountsSeen = { operations: 0, refused: 0, settled: 0 };
    await fc.assert(
      fc.asyncProperty(fc.array(countOperation, { minLength: 50, maxLength: 100 }), async (operations) => {
        const { clock, counts } = newCounts();
        const moveTo = (nowMs: number): void => void (clock.atMs = nowMs);
        await obeysTheCountOracle({ store: counts, moveTo, contents: () => '' }, operations, seen);
      }),
      { numRuns: 100 },
    );
    assert.ok(seen.refused >= 500 && seen.settled >= 500, JSON.stringify(seen));
  });

  test('takes limits and counts together or not at all', () => {
    const { counts, buckets } = newCounts();
    const limit = limitOf('l');
    const budget = { ...countOf('b', { most: 1 }), kind: 'calls' } as const;
    const dear = limitOf('dear', { cost: 3 });
    assert.equal(counts.reserve(asking([budget], { limits: [limit, dear] })).kind, 'short');
    assert.equal(counts.look(budget), undefined);
    assert.equal(counts.reserve(asking([budget], { limits: [limit] })).kind, 'taken');
    assert.equal(counts.reserve(asking([budget], { limits: [limit] })).kind, 'full');
    assert.deepEqual(buckets.peek([limit]), { kind: 'taken', remaining: [0] });
  });

  test('lets nobody have a budget anew by asking for many others', () => {
    const { clock, counts } = newCounts(3);
    const mine = countOf('mine', { most: 1 });
    assert.equal(counts.reserve(asking([mine])).kind, 'taken');
    const kinds = Array.from({ length: 10 }, (_, index) => counts.reserve(asking([countOf(`${index}`)])).kind);
    assert.deepEqual(kinds, ['taken', 'taken', ...Array(8).fill('lost')]);
    assert.equal(counts.reserve(asking([mine])).kind, 'full');
    // Those that are over make room.
    clock.atMs += 3_600_000;
    assert.equal(counts.reserve(asking([countOf('next')])).kind, 'taken');
  });
});
