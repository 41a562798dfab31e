import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { PRIORITIES } from '../../call/priority.ts';
import { BUSY, FULL, HYSTERESIS, LATE, SheddingGate, shareShed } from './ramp.ts';

const share = fc.double({ min: 0, max: 2, noNaN: true });

suite('shareShed()', () => {
  for (const [load, expected] of [
    [0, 0],
    [0.5, 0],
    [0.6, 0.5],
    [0.7, 1],
    [9, 1],
  ] as const) {
    test(`is ${expected} at ${load} of a ramp from 0.5 to 0.7`, () => {
      assert.ok(Math.abs(shareShed(load, { from: 0.5, full: 0.7 }) - expected) < 1e-9);
    });
  }
});

suite('SheddingGate.share()', () => {
  for (const [name, ramps] of [
    ['late', LATE],
    ['full', FULL],
    ['busy', BUSY],
  ] as const) {
    test(`never sheds a class more than one below it, when ${name}`, () => {
      fc.assert(
        fc.property(fc.array(share), (loads) => {
          const gate = new SheddingGate(ramps);
          for (const load of loads) {
            const shares = PRIORITIES.map((priority) => gate.share(priority, load));
            assert.deepEqual(
              shares,
              shares.toSorted((a, b) => a - b),
            );
            assert.ok(shares.every((one) => one >= 0 && one <= 1));
          }
        }),
      );
    });
  }

  test('sheds on below the beginning once it sheds, and begins anew when the load has fallen further', () => {
    const gate = new SheddingGate(FULL);
    const justBelow = 0.5 - HYSTERESIS / 2;
    assert.equal(gate.share('batch', justBelow), 0);
    assert.ok(gate.share('batch', 0.55) > 0);
    assert.ok(gate.share('batch', justBelow) > 0);
    assert.equal(gate.share('batch', 0.5 - 2 * HYSTERESIS), 0);
    assert.equal(gate.share('batch', justBelow), 0);
  });

  test('leaves the last places to interactive calls, and sheds those for lateness alone', () => {
    assert.equal(new SheddingGate(FULL).share('batch', 0.75), 1);
    assert.equal(new SheddingGate(FULL).share('interactive', 1), 0);
    assert.equal(new SheddingGate(LATE).share('interactive', 1), 1);
  });
});
