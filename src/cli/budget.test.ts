import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { amountIn } from './budget.ts';

suite('amountIn()', () => {
  test('reads a whole number', () => {
    assert.equal(amountIn('1'), 1);
    assert.equal(amountIn('1099511627776'), 2 ** 40);
  });

  for (const text of ['', '0', '-1', '1.5', '1e3', 'much', '1099511627777', '\u001b[2J']) {
    test(`refuses ${JSON.stringify(text)}, and says what an amount is`, () => {
      assert.throws(() => amountIn(text), /is no amount: write a whole number from 1\.$/);
    });
  }
});
