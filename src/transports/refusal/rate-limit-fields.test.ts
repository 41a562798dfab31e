import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { rateLimitFields } from './rate-limit-fields.ts';

suite('rateLimitFields()', () => {
  test('are lists of strings with integers as parameters', () => {
    const policies = [
      { name: 'read.rate/second', calls: 20, windowS: 4 },
      { name: 'read.rate/day', calls: 1000, windowS: 86_400 },
    ];
    const other = { policies: [{ name: 'all', calls: 5, windowS: 60 }], name: 'all', left: 0, noneForS: 12 };
    assert.deepEqual(rateLimitFields([{ policies, name: 'read.rate/second', left: 7 }, other]), [
      ['ratelimit-policy', '"read.rate/second";q=20;w=4, "read.rate/day";q=1000;w=86400, "all";q=5;w=60'],
      ['ratelimit', '"read.rate/second";r=7, "all";r=0;t=12'],
    ]);
  });

  test('are absent where nothing is told, and never an empty list', () => {
    assert.deepEqual(rateLimitFields(undefined), []);
    assert.deepEqual(rateLimitFields([]), []);
  });

  test('take nothing out of a name that would end the string', () => {
    const quota = { policies: [], name: 'a"\r\nx: y\\', left: 1 };
    assert.deepEqual(rateLimitFields([quota])[1], ['ratelimit', '"a___x__y_";r=1']);
  });
});
