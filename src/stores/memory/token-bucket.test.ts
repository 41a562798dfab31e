import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { emptiest, fullLevels, isFull, moved, refilled, tokensLeft, waitMs } from './token-bucket.ts';

const perMinute = [{ burst: 3, refill: 2, periodMs: 60_000 }];
const both = [
  { burst: 2, refill: 1, periodMs: 1000 },
  { burst: 100, refill: 100, periodMs: 86_400_000 },
];

suite('refilled()', () => {
  test('gives tokens back continuously and never above burst', () => {
    const empty = moved(fullLevels(perMinute, 0), perMinute, -3);
    assert.deepEqual(refilled(empty, perMinute, 30_000).levels, [60_000]);
    assert.deepEqual(refilled(empty, perMinute, 3_600_000).levels, [180_000]);
  });

  test('adds nothing while time runs backwards, and nothing twice afterwards', () => {
    const empty = { levels: [0], atMs: 1000 };
    const back = refilled(empty, perMinute, 500);
    assert.deepEqual(back, empty);
    assert.deepEqual(refilled(back, perMinute, 1500).levels, [1000]);
  });

  test('keeps the tokens that are there when burst and refill change, up to the new burst', () => {
    const held = refilled({ levels: [2.5 * 60_000], atMs: 0 }, [{ burst: 10, refill: 9, periodMs: 60_000 }], 0);
    assert.deepEqual(held.levels, [2.5 * 60_000]);
    assert.deepEqual(refilled(held, [{ burst: 1, refill: 9, periodMs: 60_000 }], 0).levels, [60_000]);
  });

  test('is exact for a day with a million tokens after a year', () => {
    const tiers = [{ burst: 1_000_000, refill: 1_000_000, periodMs: 86_400_000 }];
    const empty = { levels: [0], atMs: 0 };
    assert.deepEqual(refilled(empty, tiers, 1).levels, [1_000_000]);
    assert.ok(isFull(refilled(empty, tiers, 365 * 86_400_000), tiers));
  });
});

suite('waitMs()', () => {
  test('is the first millisecond at which the tokens are there', () => {
    const shapes = fc.record({
      burst: fc.integer({ min: 1, max: 1_000_000 }),
      refill: fc.integer({ min: 1, max: 1_000_000 }),
      periodMs: fc.constantFrom(1000, 60_000, 3_600_000, 86_400_000),
    });
    fc.assert(
      fc.property(shapes, fc.nat(), fc.nat(), fc.nat({ max: 1_000_000 }), (shape, some, atMs, nowMs) => {
        const tiers = [shape];
        const level = some % (shape.burst * shape.periodMs);
        const buckets = refilled({ levels: [level], atMs }, tiers, nowMs);
        const wait = waitMs(buckets, tiers, shape.burst, nowMs);
        assert.equal(waitMs(refilled(buckets, tiers, nowMs + wait), tiers, shape.burst, nowMs + wait), 0);
        const earlier = refilled(buckets, tiers, nowMs + wait - 1);
        fc.pre(wait > 0);
        assert.ok(waitMs(earlier, tiers, shape.burst, nowMs + wait - 1) > 0);
      }),
    );
  });

  test('is that of the tier to wait longest for', () => {
    const spent = { levels: [0, 0], atMs: 0 };
    assert.equal(waitMs(spent, both, 1, 0), 864_000);
    assert.equal(waitMs({ ...spent, levels: [0, 86_400_000] }, both, 1, 0), 1000);
  });

  test('is endless for a cost above burst, and nothing for what takes nothing', () => {
    assert.equal(waitMs(fullLevels(perMinute, 0), perMinute, 4, 0), Infinity);
    assert.equal(waitMs({ levels: [-1], atMs: 0 }, perMinute, 0, 0), 0);
  });
});

suite('moved()', () => {
  test('forgives a debt that exact numbers could not hold', () => {
    const deep = moved({ levels: [-(2 ** 52) + 1], atMs: 0 }, perMinute, -1_000_000);
    assert.deepEqual(deep.levels, [-(2 ** 52)]);
  });
});

suite('tokensLeft()', () => {
  test('counts whole tokens of the emptiest tier, also in debt', () => {
    assert.equal(tokensLeft({ levels: [1999, 5 * 86_400_000], atMs: 0 }, both), 1);
    assert.equal(tokensLeft({ levels: [-1, 86_400_000], atMs: 0 }, both), -1);
  });
});

suite('emptiest()', () => {
  test('keeps the lower level of each tier', () => {
    assert.deepEqual(emptiest({ levels: [1, 9], atMs: 5 }, { levels: [2, 3], atMs: 4 }), { levels: [1, 3], atMs: 5 });
  });
});
