import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { array, assert as property, integer, property as forAll, record } from 'fast-check';
import { ResultCache } from './result-cache.ts';

const LIMITS = { maxEntries: 4, maxBytes: 400, maxEntriesPerCaller: 2, maxBytesPerCaller: 200 };

function parts(size: number): { readonly before: string; readonly after: string } {
  return { before: 'x'.repeat(size), after: '' };
}

suite('ResultCache', () => {
  test('gives the last result of a key', () => {
    const cache = new ResultCache(LIMITS);
    cache.put('a', 'alice', { parts: parts(1), keptMs: 1 });
    cache.put('a', 'alice', { parts: parts(2), keptMs: 2 });
    assert.deepEqual(cache.get('a'), { parts: parts(2), keptMs: 2, caller: 'alice', bytes: 2 * 8 });
    assert.equal(cache.get('b'), undefined);
  });

  test('forgets the oldest of a caller who has more than one may, and nothing of others', () => {
    const cache = new ResultCache(LIMITS);
    cache.put('b', 'bob', { parts: parts(1), keptMs: 0 });
    for (const key of ['1', '2', '3']) cache.put(key, 'alice', { parts: parts(1), keptMs: 0 });
    assert.deepEqual(
      ['b', '1', '2', '3'].map((key) => cache.get(key) !== undefined),
      [true, false, true, true],
    );
  });

  test('keeps nothing that is too large, and not what was there before it either', () => {
    const cache = new ResultCache(LIMITS);
    cache.put('a', 'alice', { parts: parts(1), keptMs: 0 });
    cache.put('a', 'alice', { parts: parts(100), keptMs: 0 });
    assert.equal(cache.get('a'), undefined);
    assert.deepEqual(cache.size, { entries: 0, bytes: 0 });
  });

  test('stays within its bounds, and never gives what is not the last of its key', () => {
    const puts = array(
      record({
        key: integer({ min: 0, max: 9 }),
        caller: integer({ min: 0, max: 3 }),
        size: integer({ min: 0, max: 120 }),
      }),
      { maxLength: 200 },
    );
    property(
      forAll(puts, (taken) => {
        const cache = new ResultCache(LIMITS);
        const last = new Map<string, number>();
        for (const [at, { key, caller, size }] of taken.entries()) {
          cache.put(`${key}`, `caller${caller}`, { parts: parts(size), keptMs: at });
          last.set(`${key}`, at);
          const { entries, bytes } = cache.size;
          assert.ok(entries <= LIMITS.maxEntries && bytes <= LIMITS.maxBytes && bytes >= 0);
          for (const [one, keptMs] of last) assert.ok([undefined, keptMs].includes(cache.get(one)?.keptMs));
        }
      }),
    );
  });
});
