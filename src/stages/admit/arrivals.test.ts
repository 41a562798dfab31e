import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Arrivals } from './arrivals.ts';

suite('Arrivals', () => {
  test('counts each call of a server once, until it is ruled on or over', () => {
    const arrivals = new Arrivals();
    arrivals.add('a', 'files');
    arrivals.add('b', 'files');
    arrivals.add('c', 'mail');
    assert.deepEqual([arrivals.of('files'), arrivals.of('mail'), arrivals.of('other')], [2, 1, 0]);
    arrivals.delete('a');
    arrivals.delete('a');
    arrivals.delete('never');
    assert.deepEqual([arrivals.of('files'), arrivals.of('mail')], [1, 1]);
  });
});
