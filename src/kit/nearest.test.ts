import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { nearest } from './nearest.ts';

suite('nearest()', () => {
  test('finds the word that was probably meant', () => {
    assert.equal(nearest('upstraem', ['route', 'upstream', 'resource']), 'upstream');
    assert.equal(nearest('read_fil', ['read_file', 'write_file']), 'read_file');
  });

  test('suggests nothing when nothing is near', () => {
    assert.equal(nearest('zzz', ['route', 'upstream']), undefined);
  });
});
