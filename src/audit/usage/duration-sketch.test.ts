import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { DurationSketch } from './duration-sketch.ts';

function sketchOf(durations: readonly unknown[]): DurationSketch {
  const sketch = new DurationSketch();
  for (const ms of durations) sketch.add(ms);
  return sketch;
}

suite('DurationSketch', () => {
  test('tells percentiles within 1 %', () => {
    const duration = fc.double({ min: 0.001, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(fc.array(duration, { minLength: 1, maxLength: 500 }), (durations) => {
        const sorted = durations.toSorted((one, other) => one - other);
        const { p50, p95, p99, max, count } = sketchOf(durations).summary() ?? assert.fail();
        for (const [share, told] of [
          [0.5, p50],
          [0.95, p95],
          [0.99, p99],
        ] as const) {
          const exact = sorted[Math.ceil(share * sorted.length) - 1] ?? assert.fail();
          assert.ok(Math.abs(told - exact) <= exact * 0.0105, `${told} for ${exact}`);
        }
        assert.deepEqual([max, count], [sorted.at(-1), durations.length]);
      }),
    );
  });

  test('does not count what is no duration', () => {
    assert.equal(sketchOf(['5', null, Number.NaN, Number.POSITIVE_INFINITY, undefined]).summary(), undefined);
  });

  test('takes what is shorter or longer than any call for the nearest that can be', () => {
    const { p50, max } = sketchOf([-5, 0, 1e300]).summary() ?? assert.fail();
    assert.deepEqual([p50 < 0.0011, max], [true, 31_536_000_000]);
  });
});
