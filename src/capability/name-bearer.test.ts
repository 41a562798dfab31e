import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { nameBearer } from './name-bearer.ts';
import { refuseToken } from './token-refusal.ts';

const refusal = refuseToken('token.audience', 'aud is not this resource');

suite('nameBearer()', () => {
  test('adds subject and token id', () => {
    const claims = new Map([
      ['sub', 'user:alice'],
      ['jti', 't-1'],
    ]);
    assert.deepEqual(nameBearer(refusal, claims), {
      ...refusal,
      detail: 'aud is not this resource (sub "user:alice", jti "t-1")',
    });
  });

  test('adds nothing that is no text, and bounds what is', () => {
    assert.equal(nameBearer(refusal, new Map([['sub', 7]])), refusal);
    assert.ok(nameBearer(refusal, new Map([['sub', 'x'.repeat(10_000)]])).detail.length < 300);
  });
});
