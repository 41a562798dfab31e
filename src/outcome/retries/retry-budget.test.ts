import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { array, assert as property, boolean, integer, property as forAll } from 'fast-check';
import { RetryBudget } from './retry-budget.ts';

suite('RetryBudget', () => {
  test('has its reserve at the first call, and a share of the calls after that', () => {
    const budget = new RetryBudget();
    const settings = { budgetPercent: 20, budgetReserve: 2 };
    const calls = (number: number): number => {
      let taken = 0;
      for (let i = 0; i < number; i++) {
        budget.deposit(settings);
        while (budget.take()) taken += 1;
      }
      return taken;
    };
    assert.equal(calls(1), 2);
    assert.equal(calls(4), 0);
    assert.equal(calls(1), 1);
    assert.equal(calls(100), 20);
  });

  test('has nothing before the first call', () => {
    assert.equal(new RetryBudget().take(), false);
  });

  test('never gives more than the reserve and the share, whatever the order', () => {
    property(
      forAll(
        array(boolean(), { maxLength: 300 }),
        integer({ min: 1, max: 100 }),
        integer({ min: 1, max: 20 }),
        (steps, budgetPercent, budgetReserve) => {
          const budget = new RetryBudget();
          let [calls, taken] = [0, 0];
          for (const isCall of steps) {
            calls += Number(isCall);
            const took = !isCall && budget.take();
            taken += Number(took);
            const called = isCall ? [0] : [];
            for (const _ of called) budget.deposit({ budgetPercent, budgetReserve });
            assert.ok(taken * 100 <= budgetReserve * 100 + calls * budgetPercent);
          }
        },
      ),
    );
  });
});
