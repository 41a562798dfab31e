import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import type { LimitSpec } from '../../stages/limit/limit-store.ts';
import { MemoryTokenBuckets } from './token-buckets.ts';

/** A clock that tests move. */
function ownClock() {
  const clock = { atMs: 0, monotonicMs: () => clock.atMs };
  return clock;
}

function limit(key: string, overrides: Partial<LimitSpec> = {}): LimitSpec {
  return { name: 'r', key, burst: 2, refill: 1, periodMs: 1000, cost: 1, ...overrides };
}

suite('MemoryTokenBuckets', () => {
  test('takes until the bucket is empty, then says how long to wait', () => {
    const clock = ownClock();
    const buckets = new MemoryTokenBuckets(10, clock);
    assert.deepEqual(buckets.takeAll([limit('a')]), { kind: 'taken', remaining: [1] });
    assert.deepEqual(buckets.takeAll([limit('a')]), { kind: 'taken', remaining: [0] });
    clock.atMs = 400;
    assert.deepEqual(buckets.takeAll([limit('a')]), { kind: 'short', limit: limit('a'), retryAfterMs: 600 });
    clock.atMs = 1000;
    assert.equal(buckets.takeAll([limit('a')]).kind, 'taken');
  });

  test('takes all or nothing, and a refusal writes nothing', () => {
    const buckets = new MemoryTokenBuckets(10, ownClock());
    const dear = limit('b', { name: 's', burst: 1, cost: 1 });
    buckets.takeAll([dear]);
    assert.equal(buckets.takeAll([limit('a'), dear]).kind, 'short');
    assert.equal(buckets.size, 1);
    assert.deepEqual(buckets.takeAll([limit('a')]), { kind: 'taken', remaining: [1] });
  });

  test('names the limit to wait longest for', () => {
    const buckets = new MemoryTokenBuckets(10, ownClock());
    const slow = limit('slow', { burst: 1, refill: 1, periodMs: 60_000 });
    const quick = limit('quick', { burst: 1, refill: 1, periodMs: 1000 });
    buckets.takeAll([quick, slow]);
    assert.deepEqual(buckets.takeAll([quick, slow]), { kind: 'short', limit: slow, retryAfterMs: 60_000 });
  });

  test('gives back what was taken, never above burst', () => {
    const buckets = new MemoryTokenBuckets(10, ownClock());
    buckets.takeAll([limit('a')]);
    buckets.giveBack([limit('a')]);
    buckets.giveBack([limit('a')]);
    assert.deepEqual(buckets.takeAll([limit('a')]), { kind: 'taken', remaining: [1] });
  });

  test('holds no more buckets than its capacity', () => {
    const buckets = new MemoryTokenBuckets(100, ownClock());
    for (let caller = 0; caller < 10_000; caller++) buckets.takeAll([limit(`caller ${caller}`)]);
    assert.equal(buckets.size, 100);
  });

  test('does not refill a bucket that a flood of others pushed out', () => {
    const clock = ownClock();
    const buckets = new MemoryTokenBuckets(4, clock);
    buckets.takeAll([limit('a')]);
    buckets.takeAll([limit('a')]);
    for (let caller = 0; caller < 8; caller++) buckets.takeAll([limit(`caller ${caller}`)]);
    assert.equal(buckets.takeAll([limit('a')]).kind, 'short');
    clock.atMs = 2000;
    assert.deepEqual(buckets.takeAll([limit('a')]), { kind: 'taken', remaining: [1] });
  });

  test('never grants a key more than burst + refill × elapsed, whatever else is asked', () => {
    const steps = fc.array(
      fc.record({
        key: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
        cost: fc.integer({ min: 1, max: 3 }),
        passMs: fc.nat({ max: 700 }),
        undone: fc.boolean(),
      }),
      { maxLength: 120 },
    );
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 4 }), (asked, capacity) => {
        const clock = ownClock();
        const buckets = new MemoryTokenBuckets(capacity, clock);
        const granted = new Map<string, { cost: number; atMs: number }[]>();
        for (const { key, cost, passMs, undone } of asked) {
          clock.atMs += passMs;
          const wanted = limit(key, { burst: 3, cost });
          const taken = buckets.takeAll([wanted]).kind === 'taken';
          const kept = taken && !undone;
          granted.set(key, [...(granted.get(key) ?? []), { cost: kept ? cost : 0, atMs: clock.atMs }]);
          buckets.giveBack(taken && undone ? [wanted] : []);
        }
        for (const grants of granted.values()) assert.ok(grants.every((_, from) => isWithin(grants.slice(from))));
      }),
      { numRuns: 500 },
    );
  });
});

/** Whether the grants of every window that begins with the first one are within 3 + 1 × elapsed seconds. */
function isWithin(grants: readonly { cost: number; atMs: number }[]): boolean {
  const startMs = grants[0]?.atMs ?? 0;
  let sum = 0;
  return grants.every(({ cost, atMs }) => {
    sum += cost;
    return sum * 1000 <= 3 * 1000 + (atMs - startMs);
  });
}
