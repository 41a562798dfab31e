import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { RecentIds } from './recent-ids.ts';

suite('RecentIds', () => {
  test('knows the last ones, and never more than twice as many', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.uniqueArray(fc.string(), { maxLength: 60 }), (capacity, ids) => {
        const recent = new RecentIds(capacity);
        for (const id of ids) recent.add(id);
        assert.ok(ids.slice(-capacity).every((id) => recent.has(id)));
        assert.ok(ids.filter((id) => recent.has(id)).length <= 2 * capacity);
      }),
    );
  });
});
