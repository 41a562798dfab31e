import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createPlaces } from './places.ts';

suite('createPlaces()', () => {
  test('gives each caller so many places, and again those that are given back', () => {
    const places = createPlaces();
    const first = places.take('alice', 2);
    assert.notEqual(places.take('alice', 2), 'full');
    assert.equal(places.take('alice', 2), 'full');
    assert.notEqual(places.take('bob', 2), 'full');
    assert.ok(first !== 'full');
    first[Symbol.dispose]();
    assert.notEqual(places.take('alice', 2), 'full');
  });
});
