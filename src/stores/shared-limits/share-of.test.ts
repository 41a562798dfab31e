import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { limitOf } from '../../policy/limit-spec.fixture.ts';
import { MemoryTokenBuckets } from '../memory/token-buckets.ts';
import { shareOf } from './share-of.ts';

suite('shareOf()', () => {
  test('divides burst and rate', () => {
    const tiers = [{ burst: 10, refill: 7, periodMs: 1000 }];
    assert.deepEqual(shareOf(limitOf('a', { tiers }), 3), {
      ...limitOf('a/3'),
      tiers: [{ burst: 3, refill: 7, periodMs: 3000 }],
    });
  });

  test('has no share of a call that is dearer than it', () => {
    const tiers = [{ burst: 10, refill: 7, periodMs: 1000 }];
    assert.equal(shareOf(limitOf('a', { tiers, cost: 4 }), 3), undefined);
    assert.notEqual(shareOf(limitOf('a', { tiers, cost: 3 }), 3), undefined);
  });

  test('lets all instances together admit at most burst + rate × time', () => {
    const some = fc.record({
      burst: fc.integer({ min: 1, max: 50 }),
      refill: fc.integer({ min: 1, max: 50 }),
      instances: fc.integer({ min: 1, max: 12 }),
      steps: fc.array(fc.nat({ max: 400 }), { maxLength: 60 }),
    });
    fc.assert(
      fc.property(some, ({ burst, refill, instances, steps }) => {
        const clock = { atMs: 0, monotonicMs: () => clock.atMs };
        const share = shareOf(limitOf('a', { tiers: [{ burst, refill, periodMs: 1000 }] }), instances);
        const stores = Array.from({ length: instances }, () => new MemoryTokenBuckets(10, clock));
        let admitted = 0;
        for (const step of steps) {
          clock.atMs += step;
          const taken = stores.filter((store) => share !== undefined && store.take([share]).kind === 'taken');
          admitted += taken.length;
          assert.ok(admitted * 1000 <= burst * 1000 + refill * clock.atMs);
        }
      }),
    );
  });
});
