import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { limitOf } from '../../policy/limit-spec.fixture.ts';
import type { LimitSpec, LimitStore, Taking } from '../../stages/limit/limit-store.ts';
import { MemoryTokenBuckets } from '../memory/token-buckets.ts';
import { leaseSizeOf } from './lease-size.ts';
import { LeasedLimits } from './leased-limits.ts';

/** A clock that tests move. */
function ownClock() {
  const clock = { atMs: 0, monotonicMs: () => clock.atMs };
  return clock;
}

/** The one store of several instances, which counts its questions and answers later. */
function sharedOn(clock: { monotonicMs(): number }): LimitStore & { asked: number } {
  const buckets = new MemoryTokenBuckets(100, clock);
  const counting = {
    asked: 0,
    take: (limits: readonly LimitSpec[]) => {
      counting.asked += 1;
      return Promise.resolve(buckets.take(limits));
    },
    peek: (limits: readonly LimitSpec[]) => buckets.peek(limits),
    force: (limits: readonly LimitSpec[]) => buckets.force(limits),
    refund: (limits: readonly LimitSpec[]) => buckets.refund(limits),
  };
  return counting;
}

function leased(shared: LimitStore, clock: { monotonicMs(): number }, size: number | typeof leaseSizeOf): LeasedLimits {
  const sizeOf = (limit: LimitSpec): number => (typeof size === 'number' ? size : size(limit, 1));
  return new LeasedLimits({ shared, clock, sizeOf, capacity: 100 });
}

/** A store that answers when it is told to: the question that was asked first. */
function waitedFor(clock: { monotonicMs(): number }) {
  const asked: (() => void)[] = [];
  const buckets = sharedOn(clock);
  const shared: LimitStore = {
    ...buckets,
    take: (limits) => new Promise((resolve) => asked.push(() => resolve(buckets.take(limits)))),
  };
  return { shared, asked };
}

function inOrder(numbers: readonly number[]): readonly number[] {
  return numbers.toSorted((a, b) => a - b);
}

async function answerNext(asked: (() => void)[]): Promise<void> {
  asked.shift()?.();
  await new Promise(setImmediate);
}

function isTakenAtOnce(limits: LimitStore, limit: LimitSpec): boolean {
  const taking = limits.take([limit]);
  return !(taking instanceof Promise) && taking.kind === 'taken';
}

async function take(limits: LimitStore, wanted: readonly LimitSpec[]): Promise<Taking> {
  return await limits.take(wanted);
}

const fast = limitOf('fast', { tiers: [{ burst: 1000, refill: 1000, periodMs: 1000 }], whenStoreLost: 'local' });
const slow = limitOf('slow', { tiers: [{ burst: 2, refill: 1, periodMs: 1000 }], whenStoreLost: 'local' });

suite('leaseSizeOf()', () => {
  test('is a quarter of the burst over all instances, and what comes back in 50 ms at most', () => {
    assert.equal(leaseSizeOf(fast, 1), 50);
    assert.equal(leaseSizeOf(fast, 10), 25);
    const both = { ...fast, tiers: [...fast.tiers, { burst: 60_000, refill: 12_000, periodMs: 60_000 }] };
    assert.equal(leaseSizeOf(both, 1), 10);
  });

  test('is nothing for what is slow, dear or dangerous', () => {
    assert.equal(leaseSizeOf(slow, 1), 0);
    assert.equal(leaseSizeOf({ ...fast, cost: 51 }, 1), 0);
    assert.equal(leaseSizeOf({ ...fast, whenStoreLost: 'closed' }, 1), 0);
  });
});

suite('LeasedLimits', () => {
  test('asks once for many calls, also when they come at once', async () => {
    const clock = ownClock();
    const shared = sharedOn(clock);
    const limits = leased(shared, clock, 10);
    const kinds = await Promise.all(Array.from({ length: 110 }, async () => (await limits.take([fast])).kind));
    assert.deepEqual(new Set(kinds), new Set(['taken']));
    assert.equal(shared.asked, 2);
    for (let calls = 0; calls < 110; calls += 1) await limits.take([fast]);
    assert.equal(shared.asked, 2 + 10);
  });

  test('answers at once where the tokens are there', async () => {
    const clock = ownClock();
    const limits = leased(sharedOn(clock), clock, 10);
    await limits.take([fast]);
    assert.deepEqual(limits.take([fast]), { kind: 'taken', remaining: [998] });
  });

  test('has one question under way for a limit, and serves who waits in order', async () => {
    const clock = ownClock();
    const { shared, asked } = waitedFor(clock);
    const limits = leased(shared, clock, 2);
    // Who asked is told a little later than who waited.
    const served: number[] = [];
    for (let call = 0; call < 7; call += 1) void take(limits, [fast]).then(() => served.push(call));
    assert.equal(asked.length, 1);
    await answerNext(asked);
    assert.deepEqual([inOrder(served), asked.length], [[0, 1, 2], 1]);
    // It was also for those who wait.
    await answerNext(asked);
    assert.deepEqual([inOrder(served), asked.length], [[0, 1, 2, 3, 4, 5, 6], 0]);
  });

  test('holds no more than a lease when everybody was served, whatever of several limits calls want', async () => {
    const keys = fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 });
    const wanted = fc.array(keys, { minLength: 1, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(
        wanted,
        fc.integer({ min: 1, max: 10 }),
        fc.integer({ min: 1, max: 80 }),
        async (calls, size, burst) => {
          const clock = ownClock();
          const shared = sharedOn(clock);
          const limits = leased(shared, clock, size);
          const tiers = [{ burst, refill: 1, periodMs: 86_400_000 }];
          const specOf = (key: string): LimitSpec => ({ ...fast, key, tiers });
          const takings = await Promise.all(calls.map(async (some) => await limits.take(some.map(specOf))));
          for (const key of ['a', 'b', 'c'] as const) {
            const admitted = calls.filter(
              (some, index) => some.includes(key) && takings[index]?.kind === 'taken',
            ).length;
            const peeked = await shared.peek([specOf(key)]);
            const left = peeked.kind === 'taken' ? peeked.remaining[0] : 0;
            assert.ok(admitted <= burst - (left ?? 0), 'what passed was taken before');
            let more = 0;
            while (isTakenAtOnce(limits, specOf(key)) && more <= size) more += 1;
            assert.ok(more <= size, `${more} > ${size}`);
          }
        },
      ),
    );
  });

  test('lets a call that wants of several limits wait for each that is asked for', async () => {
    const clock = ownClock();
    const { shared, asked } = waitedFor(clock);
    const limits = leased(shared, clock, 1);
    const [a, b] = [
      { ...fast, key: 'a' },
      { ...fast, key: 'b' },
    ];
    const served: string[] = [];
    for (const [name, wanted] of [
      ['a', [a]],
      ['b', [b]],
      ['both', [a, b]],
      ['b again', [b]],
    ] as const)
      void take(limits, wanted).then(() => served.push(name));
    assert.equal(asked.length, 2);
    await answerNext(asked);
    // What is left of a now waits for b.
    assert.deepEqual([served, asked.length], [['a'], 1]);
    await answerNext(asked);
    assert.deepEqual([served.toSorted(), asked.length], [['a', 'b', 'b again'], 1]);
    await answerNext(asked);
    assert.equal(served.at(-1), 'both');
  });

  test('tells everybody who waits when the store cannot be had, and asks once', async () => {
    const clock = ownClock();
    let questions = 0;
    const lost = new Error('lost');
    const shared = { ...sharedOn(clock), take: () => Promise.reject((questions++, lost)) };
    const limits = leased(shared, clock, 10);
    const answers = await Promise.allSettled(Array.from({ length: 50 }, async () => await limits.take([fast])));
    assert.deepEqual(
      answers,
      answers.map(() => ({ status: 'rejected', reason: lost })),
    );
    assert.equal(questions, 1);
    await assert.rejects(take(limits, [fast]), lost);
    assert.equal(questions, 2);
  });

  test('lets no more than 10 000 calls wait for one lease: who comes then asks for itself', async () => {
    const clock = ownClock();
    const { shared, asked } = waitedFor(clock);
    const limits = leased(shared, clock, 1);
    for (let call = 0; call < 10_010; call += 1) void take(limits, [fast]);
    assert.equal(asked.length, 1 + 9);
  });

  test('refuses everybody who waits at once when there is no more', async () => {
    const clock = ownClock();
    const shared = sharedOn(clock);
    const limits = leased(shared, clock, 10);
    const few = { ...fast, tiers: [{ burst: 13, refill: 1, periodMs: 86_400_000 }] };
    const kinds = await Promise.all(Array.from({ length: 300 }, async () => (await limits.take([few])).kind));
    assert.equal(kinds.filter((kind) => kind === 'taken').length, 13);
    assert.ok(shared.asked < 10, `${shared.asked}`);
  });

  test('asks each time for a call that also takes of a limit without leases', async () => {
    const clock = ownClock();
    const shared = sharedOn(clock);
    const limits = leased(shared, clock, leaseSizeOf);
    assert.deepEqual(await limits.take([fast, slow]), { kind: 'taken', remaining: [999, 1] });
    assert.deepEqual(await limits.take([fast, slow]), { kind: 'taken', remaining: [998, 0] });
    assert.equal(shared.asked, 2);
  });

  test('forgets what it did not spend in time', async () => {
    const clock = ownClock();
    const shared = sharedOn(clock);
    const limits = leased(shared, clock, 10);
    await limits.take([fast]);
    clock.atMs = 99;
    await limits.take([fast]);
    assert.equal(shared.asked, 1);
    clock.atMs = 100;
    await limits.take([fast]);
    assert.equal(shared.asked, 2);
  });

  test('takes the last tokens one by one', async () => {
    const clock = ownClock();
    const shared = sharedOn(clock);
    const limits = leased(shared, clock, 10);
    const few = { ...fast, tiers: [{ burst: 13, refill: 1, periodMs: 86_400_000 }] };
    const kinds: string[] = [];
    for (let calls = 0; calls < 14; calls += 1) kinds.push((await limits.take([few])).kind);
    assert.deepEqual(kinds, [...Array.from({ length: 13 }, () => 'taken'), 'short']);
  });

  test('refuses from memory who was refused, for a second at most, and not when something was given back', async () => {
    const clock = ownClock();
    const shared = sharedOn(clock);
    const limits = leased(shared, clock, 0);
    const rare = { ...slow, tiers: [{ burst: 1, refill: 1, periodMs: 86_400_000 }] };
    assert.equal((await limits.take([rare])).kind, 'taken');
    assert.deepEqual(await limits.take([rare]), { kind: 'short', limit: rare, retryAfterMs: 86_400_000 });
    clock.atMs = 999;
    assert.deepEqual(await limits.take([rare]), { kind: 'short', limit: rare, retryAfterMs: 86_400_000 - 999 });
    assert.equal(shared.asked, 2);
    clock.atMs = 1000;
    await limits.take([rare]);
    assert.equal(shared.asked, 3);
    await limits.refund([rare]);
    assert.equal((await limits.take([rare])).kind, 'taken');
  });

  test('lets a call pass when it was told to come back', async () => {
    const clock = ownClock();
    const limits = leased(sharedOn(clock), clock, 0);
    for (let calls = 0; calls < 2; calls += 1) await limits.take([slow]);
    const short = await limits.take([slow]);
    assert.deepEqual(short, { kind: 'short', limit: slow, retryAfterMs: 1000 });
    clock.atMs = 1000;
    assert.equal((await limits.take([slow])).kind, 'taken');
  });

  test('asks anew after a reload, whatever it remembers', async () => {
    const clock = ownClock();
    const shared = sharedOn(clock);
    const limits = leased(shared, clock, 0);
    for (let calls = 0; calls < 3; calls += 1) await limits.take([slow]);
    const asked = shared.asked;
    await limits.take([{ ...slow, tiers: [{ burst: 9, refill: 9, periodMs: 1000 }] }]);
    assert.equal(shared.asked, asked + 1);
  });

  test('admits at most burst + rate × W + N × B in any window, N instances with leases of B', async () => {
    const runs = fc.record({
      burst: fc.integer({ min: 20, max: 200 }),
      refill: fc.integer({ min: 20, max: 1000 }),
      instances: fc.integer({ min: 1, max: 4 }),
      size: fc.integer({ min: 1, max: 20 }),
      steps: fc.array(
        fc.record({ who: fc.nat({ max: 3 }), calls: fc.integer({ min: 1, max: 40 }), passMs: fc.nat({ max: 80 }) }),
        {
          minLength: 10,
          maxLength: 60,
        },
      ),
    });
    await fc.assert(
      fc.asyncProperty(runs, async ({ burst, refill, instances, size, steps }) => {
        const clock = ownClock();
        const shared = sharedOn(clock);
        const limit = { ...fast, tiers: [{ burst, refill, periodMs: 1000 }] };
        const all = Array.from({ length: instances }, () => leased(shared, clock, size));
        const admitted: { atMs: number; calls: number }[] = [];
        for (const { who, calls, passMs } of steps) {
          clock.atMs += passMs;
          const asked = Array.from({ length: calls }, async () => await all[who % instances]?.take([limit]));
          const taken = (await Promise.all(asked)).filter((taking) => taking?.kind === 'taken');
          admitted.push({ atMs: clock.atMs, calls: taken.length });
        }
        for (const [from, { atMs: fromMs }] of admitted.entries()) {
          let sum = 0;
          for (const { atMs, calls } of admitted.slice(from)) {
            sum += calls;
            assert.ok(sum * 1000 <= (burst + instances * size) * 1000 + refill * (atMs - fromMs), `${sum}`);
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});
