import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createStreamPlaces } from './stream-places.ts';

suite('createStreamPlaces()', () => {
  test('gives each caller so many places, and again those that are given back', () => {
    const places = createStreamPlaces(2);
    const first = places.take('alice');
    assert.notEqual(places.take('alice'), 'full');
    assert.equal(places.take('alice'), 'full');
    assert.notEqual(places.take('bob'), 'full');
    assert.ok(first !== 'full');
    first[Symbol.dispose]();
    assert.notEqual(places.take('alice'), 'full');
  });
});
