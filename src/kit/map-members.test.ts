import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { fromPlain, type JsonValue } from './json.ts';
import { mapMembers } from './map-members.ts';

suite('mapMembers()', () => {
  const mark = (member: JsonValue, step: string): JsonValue => (step === 'a' || step === '1' ? step : member);

  test('changes members by their name and items by their index, and not what is in them', () => {
    assert.deepEqual(mapMembers(fromPlain({ a: 1, b: { a: 2 } }), mark), fromPlain({ a: 'a', b: { a: 2 } }));
    assert.deepEqual(mapMembers(fromPlain([1, 2, 3]), mark), fromPlain([1, '1', 3]));
  });

  test('gives back the same value where nothing changes', () => {
    for (const value of [null, true, 1, 'a', fromPlain([1]), fromPlain({ b: 1 })]) {
      assert.equal(mapMembers(value, mark), value);
    }
  });
});
