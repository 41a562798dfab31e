import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { fullBucket, isFull, moved, refilled, waitMs } from './token-bucket.ts';

const perMinute = { burst: 3, refill: 2, periodMs: 60_000 };

suite('refilled()', () => {
  test('gives tokens back continuously and never above burst', () => {
    const empty = moved(fullBucket(perMinute, 0), perMinute, -3);
    assert.equal(refilled(empty, perMinute, 30_000).level, 60_000);
    assert.equal(refilled(empty, perMinute, 3_600_000).level, 180_000);
  });

  test('adds nothing while time runs backwards, and nothing twice afterwards', () => {
    const empty = { level: 0, atMs: 1000, periodMs: 60_000 };
    const back = refilled(empty, perMinute, 500);
    assert.deepEqual(back, empty);
    assert.equal(refilled(back, perMinute, 1500).level, 1000);
  });

  test('keeps whole tokens when the period changed with a reload', () => {
    const perDay = { burst: 10, refill: 5, periodMs: 86_400_000 };
    const held = refilled({ level: 2.5 * 60_000, atMs: 0, periodMs: 60_000 }, perDay, 0);
    assert.equal(held.level, 2 * 86_400_000);
  });

  test('is exact for a day with a million tokens after a year', () => {
    const shape = { burst: 1_000_000, refill: 1_000_000, periodMs: 86_400_000 };
    const empty = { level: 0, atMs: 0, periodMs: shape.periodMs };
    assert.equal(refilled(empty, shape, 1).level, 1_000_000);
    assert.ok(isFull(refilled(empty, shape, 365 * 86_400_000), shape));
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
        const level = some % (shape.burst * shape.periodMs);
        const bucket = refilled({ level, atMs, periodMs: shape.periodMs }, shape, nowMs);
        const wait = waitMs(bucket, shape, shape.burst, nowMs);
        assert.equal(waitMs(refilled(bucket, shape, nowMs + wait), shape, shape.burst, nowMs + wait), 0);
        const earlier = refilled(bucket, shape, nowMs + wait - 1);
        fc.pre(wait > 0);
        assert.ok(waitMs(earlier, shape, shape.burst, nowMs + wait - 1) > 0);
      }),
    );
  });

  test('is endless for a cost above burst', () => {
    assert.equal(waitMs(fullBucket(perMinute, 0), perMinute, 4, 0), Infinity);
  });
});
