import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { retryAfterMs } from './retry-after.ts';

suite('retryAfterMs()', () => {
  for (const [value, ms] of [
    ['0', 0],
    ['120', 120_000],
    ['1.5', undefined],
    ['-1', undefined],
    ['1e3', undefined],
    ['9999999999', undefined],
    ['Fri, 31 Dec 1999 23:59:59 GMT', undefined],
    [['1', '2'], undefined],
    [undefined, undefined],
  ] as const) {
    test(`reads ${String(value)} as ${String(ms)}`, () =>
      assert.equal(
        retryAfterMs(() => value),
        ms,
      ));
  }
});
