import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { isCaller } from './is-caller.ts';

const ALICE = {
  kind: 'token',
  principal: '[]',
  subject: 'user:alice',
  actor: 'agent:1',
  spiffeId: 'spiffe://a/b',
} as const;

suite('isCaller()', () => {
  test('knows the caller by subject, actor or SPIFFE id, whatever type the asker says', () => {
    for (const id of ['user:alice', 'agent:1', 'spiffe://a/b']) {
      for (const type of ['user', 'workload', '']) assert.ok(isCaller({ type, id }, ALICE));
    }
  });

  test('knows nobody else', () => {
    for (const id of ['user:bob', 'USER:ALICE', 'user:alice ', '', '[]', 'anonymous']) {
      assert.equal(isCaller({ type: 'user', id }, ALICE), false);
    }
    assert.equal(isCaller({ type: 'anonymous', id: 'user:alice' }, ALICE), false);
    assert.equal(isCaller({ type: 'user', id: 'undefined' }, { kind: 'token', principal: '' }), false);
  });

  test('knows a caller that nobody identified by no name but anonymous', () => {
    const anonymous = { kind: 'anonymous', principal: 'anonymous', spiffeId: 'spiffe://a/b' } as const;
    assert.ok(isCaller({ type: 'anonymous', id: 'anonymous' }, anonymous));
    assert.equal(isCaller({ type: 'user', id: 'anonymous' }, anonymous), false);
    assert.equal(isCaller({ type: 'user', id: 'spiffe://a/b' }, anonymous), false);
  });
});
