import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { parseGrpcTimeout } from './grpc-timeout.ts';

suite('parseGrpcTimeout()', () => {
  test('knows every unit', () => {
    const values = ['1H', '2M', '3S', '250m', '249873u', '5n', '0m', '99999999S'].map(parseGrpcTimeout);
    assert.deepEqual(values, [3_600_000, 120_000, 3000, 250, 249_873 * 1e-3, 5 * 1e-6, 0, 99_999_999_000]);
  });

  test('refuses what is none', () => {
    for (const text of [
      '',
      'm',
      '1',
      '-1m',
      '+1m',
      '1.5S',
      ' 1m',
      '1m ',
      '1 m',
      '1h',
      '1s',
      '123456789m',
      '1m,1m',
      '١m',
    ]) {
      assert.equal(parseGrpcTimeout(text), undefined, text);
    }
  });
});
