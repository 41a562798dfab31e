import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { principalText } from '../stages/authenticate/principal-text.ts';
import { readablePrincipal } from './readable-principal.ts';

suite('readablePrincipal()', () => {
  test('names issuer and subject, and who acts', () => {
    const parts = { issuer: 'https://idp.example', subject: 'alice' };
    assert.equal(readablePrincipal(principalText(parts)), 'https://idp.example alice');
    const actor = { issuer: 'https://idp.example', subject: 'agent-7' };
    assert.equal(
      readablePrincipal(principalText({ ...parts, actor })),
      'https://idp.example alice https://idp.example agent-7',
    );
  });

  test('leaves others as they are', () => {
    for (const text of ['anonymous', 'spiffe://a/b', '[broken', '']) assert.equal(readablePrincipal(text), text);
  });
});
