import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { limitOf } from '../../policy/limit-spec.fixture.ts';
import type { LimitSpec, LimitTier } from '../../stages/limit/limit-store.ts';
import { BEGINNING_MS, limitOperation, obeysTheOracle, type Seen } from '../limit-laws.fixture.ts';
import { MemoryTokenBuckets } from './token-buckets.ts';

/** A clock that tests move. */
function ownClock() {
  const clock = { atMs: 0, monotonicMs: () => clock.atMs };
  return clock;
}

/** A limit of one rate, of which one token comes back each second unless said otherwise. */
function limit(key: string, overrides: Partial<LimitTier> & Partial<LimitSpec> = {}): LimitSpec {
  const { burst = 2, refill = 1, periodMs = 1000, ...rest } = overrides;
  return limitOf(key, { tiers: [{ burst, refill, periodMs }], ...rest });
}

suite('MemoryTokenBuckets', () => {
  test('takes until the bucket is empty, then says how long to wait', () => {
    const clock = ownClock();
    const buckets = new MemoryTokenBuckets(10, clock);
    assert.deepEqual(buckets.take([limit('a')]), { kind: 'taken', remaining: [1] });
    assert.deepEqual(buckets.take([limit('a')]), { kind: 'taken', remaining: [0] });
    clock.atMs = 400;
    assert.deepEqual(buckets.take([limit('a')]), { kind: 'short', limit: limit('a'), retryAfterMs: 600 });
    clock.atMs = 1000;
    assert.equal(buckets.take([limit('a')]).kind, 'taken');
  });

  test('takes all or nothing, and a refusal writes nothing', () => {
    const buckets = new MemoryTokenBuckets(10, ownClock());
    const dear = limit('b', { name: 's', burst: 1, cost: 1 });
    buckets.take([dear]);
    assert.equal(buckets.take([limit('a'), dear]).kind, 'short');
    assert.equal(buckets.size, 1);
    assert.deepEqual(buckets.take([limit('a')]), { kind: 'taken', remaining: [1] });
  });

  test('names the limit to wait longest for', () => {
    const buckets = new MemoryTokenBuckets(10, ownClock());
    const slow = limit('slow', { burst: 1, refill: 1, periodMs: 60_000 });
    const quick = limit('quick', { burst: 1, refill: 1, periodMs: 1000 });
    buckets.take([quick, slow]);
    assert.deepEqual(buckets.take([quick, slow]), { kind: 'short', limit: slow, retryAfterMs: 60_000 });
  });

  test('forgets what it remembers of limits once that is full, so rules that reloads rename take no memory', () => {
    const clock = ownClock();
    const buckets = new MemoryTokenBuckets(1, clock);
    for (let rule = 0; rule < 5000; rule += 1) {
      clock.atMs += 100;
      buckets.take([limit(`key-${rule}`, { name: `rule-${rule}` })]);
    }
    assert.ok(buckets.limitsRemembered <= 512, String(buckets.limitsRemembered));
  });

  test('keeps what it remembers of limits as long as it counts, however many there are', () => {
    const buckets = new MemoryTokenBuckets(1, ownClock());
    const named = (rule: number): LimitSpec => limit(`key-${rule}`, { name: `rule-${rule}`, cost: 2 });
    for (let rule = 0; rule < 1000; rule += 1) buckets.take([named(rule)]);
    assert.equal(buckets.limitsRemembered, 999);
    assert.equal(buckets.take([named(0)]).kind, 'short');
  });

  test('gives back what was taken, never above burst', () => {
    const buckets = new MemoryTokenBuckets(10, ownClock());
    buckets.take([limit('a')]);
    buckets.refund([limit('a')]);
    buckets.refund([limit('a')]);
    assert.deepEqual(buckets.take([limit('a')]), { kind: 'taken', remaining: [1] });
  });

  test('holds every tier of a limit, and waits for the slowest', () => {
    const clock = ownClock();
    const buckets = new MemoryTokenBuckets(10, clock);
    const tiers = [
      { burst: 2, refill: 2, periodMs: 1000 },
      { burst: 3, refill: 3, periodMs: 60_000 },
    ];
    const both = limitOf('a', { tiers });
    assert.deepEqual(buckets.take([both]), { kind: 'taken', remaining: [1] });
    assert.deepEqual(buckets.take([both]), { kind: 'taken', remaining: [0] });
    assert.deepEqual(buckets.take([both]), { kind: 'short', limit: both, retryAfterMs: 500 });
    clock.atMs = 500;
    assert.deepEqual(buckets.take([both]), { kind: 'taken', remaining: [0] });
    assert.deepEqual(buckets.take([both]), { kind: 'short', limit: both, retryAfterMs: 19_500 });
  });

  test('looks without taking, and takes what is not there when it must', () => {
    const buckets = new MemoryTokenBuckets(10, ownClock());
    assert.deepEqual(buckets.peek([limit('a')]), { kind: 'taken', remaining: [1] });
    assert.equal(buckets.size, 0);
    assert.deepEqual(buckets.force([limit('a', { cost: 5 })]), { kind: 'taken', remaining: [-3] });
    assert.deepEqual(buckets.peek([limit('a')]), { kind: 'short', limit: limit('a'), retryAfterMs: 4000 });
  });

  test('keeps tokens when a reload changes burst and refill', () => {
    const clock = ownClock();
    const buckets = new MemoryTokenBuckets(10, clock);
    buckets.take([limit('a')]);
    assert.deepEqual(buckets.take([limit('a', { burst: 9, refill: 4 })]), { kind: 'taken', remaining: [0] });
    clock.atMs = 1000;
    assert.deepEqual(buckets.peek([limit('a', { burst: 9, refill: 4 })]), { kind: 'taken', remaining: [3] });
  });

  test('answers as the oracle does, whatever is asked and however the clock steps', async () => {
    const seen: Seen = { operations: 0, refused: 0, waits: 0 };
    await fc.assert(
      fc.asyncProperty(fc.array(limitOperation, { minLength: 50, maxLength: 150 }), async (operations) => {
        const clock = ownClock();
        clock.atMs = BEGINNING_MS;
        const store = new MemoryTokenBuckets(100, clock);
        const subject = {
          store,
          moveTo: (nowMs: number) => void (clock.atMs = nowMs),
          contents: () => String(store.size),
        };
        await obeysTheOracle(subject, operations, seen);
      }),
      { numRuns: 100 },
    );
    assert.ok(seen.operations >= 5000 && seen.refused >= 1000 && seen.waits >= 1000, JSON.stringify(seen));
  });

  test('holds no more buckets than its capacity', () => {
    const buckets = new MemoryTokenBuckets(100, ownClock());
    for (let caller = 0; caller < 10_000; caller++) buckets.take([limit(`caller ${caller}`)]);
    assert.equal(buckets.size, 100);
  });

  test('does not refill a bucket that a flood of others pushed out', () => {
    const clock = ownClock();
    const buckets = new MemoryTokenBuckets(4, clock);
    buckets.take([limit('a')]);
    buckets.take([limit('a')]);
    for (let caller = 0; caller < 8; caller++) buckets.take([limit(`caller ${caller}`)]);
    assert.equal(buckets.take([limit('a')]).kind, 'short');
    clock.atMs = 2000;
    assert.deepEqual(buckets.take([limit('a')]), { kind: 'taken', remaining: [1] });
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
          const taken = buckets.take([wanted]).kind === 'taken';
          const kept = taken && !undone;
          granted.set(key, [...(granted.get(key) ?? []), { cost: kept ? cost : 0, atMs: clock.atMs }]);
          buckets.refund(taken && undone ? [wanted] : []);
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
