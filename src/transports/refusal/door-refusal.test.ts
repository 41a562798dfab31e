import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { deny, fault } from '../../decision/verdict.ts';
import { bodyRefusal } from './body-refusal.ts';
import { doorRefusal } from './door-refusal.ts';

suite('doorRefusal()', () => {
  test('denies what the caller did, and faults what could not be told', () => {
    assert.deepEqual(doorRefusal('http.host', 'detail'), deny('admit', 'http.host', {}, 'detail'));
    assert.deepEqual(doorRefusal('fault.internal'), fault('admit', 'fault.internal'));
  });
});

suite('bodyRefusal()', () => {
  test('tells a body that is too large from one for which there is no room now', () => {
    assert.deepEqual(bodyRefusal('too-large'), deny('admit', 'body.too-large'));
    assert.deepEqual(bodyRefusal('no-room'), deny('admit', 'overload.busy', {}, 'no memory for the body'));
  });
});
