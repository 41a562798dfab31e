import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { createByteBudget } from './byte-budget.ts';

suite('createByteBudget()', () => {
  test('has room for so many bytes, and again for those that are given back', () => {
    const budget = createByteBudget(10);
    const [first, second] = [budget.lease(), budget.lease()];
    assert.equal(first.resize(6), true);
    assert.equal(second.resize(5), false);
    assert.equal(second.resize(4), true);
    first[Symbol.dispose]();
    assert.equal(second.resize(10), true);
    assert.equal(budget.held(), 10);
  });

  test('never holds more than it has, and nothing once all is given back', () => {
    const steps = fc.array(fc.record({ lease: fc.nat({ max: 3 }), bytes: fc.nat({ max: 12 }) }));
    fc.assert(
      fc.property(steps, (taken) => {
        const budget = createByteBudget(20);
        const leases = [0, 1, 2, 3].map(() => budget.lease());
        for (const { lease, bytes } of taken) {
          leases[lease]?.resize(bytes);
          assert.ok(budget.held() <= 20);
        }
        for (const lease of leases) lease[Symbol.dispose]();
        assert.equal(budget.held(), 0);
      }),
    );
  });
});
