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

  test('leaves the others half of it, however many shares one owner has', () => {
    const budget = createByteBudget(10);
    const [first, second, another] = [budget.lease('alice'), budget.lease('alice'), budget.lease('bob')];
    assert.equal(first.resize(4), true);
    assert.equal(second.resize(2), false);
    assert.equal(second.resize(1), true);
    assert.equal(another.resize(5), true);
    first[Symbol.dispose]();
    assert.equal(second.resize(5), true);
  });

  test('has all of its room for one share alone', () => {
    const budget = createByteBudget(10);
    const [only, next] = [budget.lease('alice'), budget.lease('alice')];
    assert.equal(only.resize(10), true);
    only[Symbol.dispose]();
    assert.equal(next.resize(10), true);
  });

  test('never holds more than it has, and nothing once all is given back', () => {
    const steps = fc.array(fc.record({ lease: fc.nat({ max: 3 }), bytes: fc.nat({ max: 12 }) }));
    fc.assert(
      fc.property(steps, (taken) => {
        const budget = createByteBudget(20);
        const leases = ['alice', 'alice', 'bob', undefined].map((owner) => budget.lease(owner));
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
