import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { growthOver } from './growth.ts';

const after = (bytes: readonly number[]) => bytes.map((size, index) => ({ requests: 1000 * index, bytes: size }));

suite('growthOver()', () => {
  test('says what every request leaves behind', () => {
    assert.equal(growthOver(10_000, after([50, 1050, 2050, 3050])), 10_000);
  });

  test('is not moved by one noisy checkpoint, nor by a step at the beginning', () => {
    assert.equal(growthOver(10_000, after([50, 50, 50, 900, 50, 50])), 0);
    assert.equal(growthOver(10_000, after([10, 50, 50, 50, 50, 50])), 0);
  });
});
