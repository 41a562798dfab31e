import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { FrameRate } from './frame-rate.ts';

suite('FrameRate', () => {
  test('allows a burst, then so many a second', () => {
    const rate = new FrameRate({ burst: 3, perSecond: 2 }, 0);
    const allowed = [0, 0, 0, 0, 499, 500, 500, 1000, 10_000, 10_000, 10_000, 10_000].map((nowMs) =>
      rate.allows(nowMs),
    );
    assert.deepEqual(allowed, [true, true, true, false, false, true, false, true, true, true, true, false]);
  });

  test('adds nothing when time runs backwards', () => {
    const rate = new FrameRate({ burst: 1, perSecond: 1 }, 5000);
    assert.deepEqual(
      [rate.allows(5000), rate.allows(0), rate.allows(5999), rate.allows(6000)],
      [true, false, false, true],
    );
  });
});
