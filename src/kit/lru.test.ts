import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Lru } from './lru.ts';

suite('Lru', () => {
  test('drops the entry that was used longest ago', () => {
    const lru = new Lru<string, number>(2);
    lru.set('a', 1);
    lru.set('b', 2);
    lru.get('a');
    lru.set('c', 3);
    assert.deepEqual([lru.get('a'), lru.get('b'), lru.get('c'), lru.size], [1, undefined, 3, 2]);
  });

  test('looks at a value without using it', () => {
    const lru = new Lru<string, number>(2);
    lru.set('a', 1);
    lru.set('b', 2);
    assert.deepEqual([lru.peek('a'), lru.peek('z')], [1, undefined]);
    lru.set('c', 3);
    assert.deepEqual([lru.peek('a'), lru.peek('b'), lru.peek('c')], [undefined, 2, 3]);
  });

  test('shows its values without using them, the one used longest ago first', () => {
    const lru = new Lru<string, number>(3);
    for (const [at, key] of ['a', 'b', 'c'].entries()) lru.set(key, at);
    lru.get('a');
    assert.deepEqual([...lru.values()], [1, 2, 0]);
    lru.set('d', 3);
    assert.deepEqual([...lru.values()], [2, 0, 3]);
  });

  test('refuses a capacity that is not a positive integer', () => {
    for (const capacity of [0, -1, 1.5, NaN]) assert.throws(() => new Lru(capacity), RangeError);
  });
});
