import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { isoTime } from './iso-time.ts';

suite('isoTime()', () => {
  test('says what Date says, to the year 9999', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 253_402_300_799_999 }), (ms) => {
        assert.equal(isoTime(ms), new Date(ms).toISOString());
      }),
      { numRuns: 2000 },
    );
  });

  test('says what Date says around each turn of a month for 400 years', () => {
    for (let month = 0; month < 4800; month++) {
      const first = Date.UTC(1970, month, 1);
      assert.equal(isoTime(first), new Date(first).toISOString());
      assert.equal(isoTime(Math.max(0, first - 1)), new Date(Math.max(0, first - 1)).toISOString());
    }
  });

  test('gives the nearer end for a time it cannot write', () => {
    assert.equal(isoTime(-1), '1970-01-01T00:00:00.000Z');
    assert.equal(isoTime(Number.NaN), '1970-01-01T00:00:00.000Z');
    assert.equal(isoTime(Number.POSITIVE_INFINITY), '9999-12-31T23:59:59.999Z');
    assert.equal(isoTime(0.9), '1970-01-01T00:00:00.000Z');
  });
});
