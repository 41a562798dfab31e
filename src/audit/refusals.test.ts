import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { RefusalCounts } from './refusal-counts.ts';
import { RefusalQuota } from './refusal-quota.ts';

suite('RefusalQuota', () => {
  test('lets refusals have no more than a fifth of the log, and what they had at first', () => {
    const capacity = 10_000;
    const written = fc.record({ isRefusal: fc.boolean(), length: fc.integer({ min: 100, max: 2000 }) });
    fc.assert(
      fc.property(fc.array(written, { maxLength: 300 }), (records) => {
        const quota = new RefusalQuota({ capacity, monotonicMs: () => 0 });
        let [refusals, others] = [0, 0];
        for (const { isRefusal, length } of records) {
          const isWritten = isRefusal && !quota.isSpent;
          refusals += isWritten ? length : 0;
          others += isRefusal ? 0 : length;
          if (isWritten) quota.take(length);
          else if (!isRefusal) quota.earn(length);
        }
        // The last one may overdraw.
        assert.ok(refusals <= capacity + others / 4 + 2000);
      }),
    );
  });

  test('comes back within a day', () => {
    let nowMs = 0;
    const quota = new RefusalQuota({ capacity: 1000, monotonicMs: () => nowMs });
    quota.take(1500);
    assert.equal(quota.isSpent, true);
    nowMs += 86_400_000 / 2;
    assert.equal(quota.isSpent, true);
    nowMs += 86_400_000 / 10;
    assert.equal(quota.isSpent, false);
  });
});

suite('RefusalCounts', () => {
  test('counts by caller and reason', () => {
    const counts = new RefusalCounts();
    for (const caller of ['a', 'a', undefined, 'b']) counts.add(caller, 'policy.denied', 0);
    counts.add('a', 'limit.exceeded', 1000);
    assert.deepEqual(counts.take(2000), {
      counts: [
        { caller: 'a', count: 2, reason: 'policy.denied' },
        { count: 1, reason: 'policy.denied' },
        { caller: 'b', count: 1, reason: 'policy.denied' },
        { caller: 'a', count: 1, reason: 'limit.exceeded' },
      ],
      since: '1970-01-01T00:00:00.000Z',
      until: '1970-01-01T00:00:02.000Z',
    });
    assert.equal(counts.take(3000), undefined);
  });

  test('counts by reason alone when there are too many callers, and loses none', () => {
    const counts = new RefusalCounts();
    for (let caller = 0; caller < 10_000; caller++) counts.add(`caller-${caller}`, 'policy.denied', 0);
    const { counts: rows = [] } = counts.take(0) ?? {};
    assert.equal(rows.length, 65);
    assert.deepEqual(rows.at(-1), { count: 9936, reason: 'policy.denied' });
  });
});
