import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { EMPTY_OBJECT } from '../kit/json.ts';
import { NOTHING } from './capability.ts';
import { TokenCache } from './token-cache.ts';
import type { VerifiedToken } from './verified-token.ts';

const token: VerifiedToken = {
  kind: 'verified',
  claims: EMPTY_OBJECT,
  issuer: 'i',
  subject: 's',
  audience: 'a',
  tokenId: 't',
  issuedAtMs: 0,
  expiresAtMs: 1,
  leewayMs: 0,
  capability: NOTHING,
  keyEpoch: 1,
  keyWithdrawn: new AbortController().signal,
};

suite('TokenCache', () => {
  test('never holds more tokens or bytes than its limits, and nothing weighs nothing', () => {
    const operations = fc.array(
      fc.record({ digest: fc.constantFrom('a', 'b', 'c', 'd', 'e'), length: fc.nat(8192), remove: fc.boolean() }),
    );
    fc.assert(
      fc.property(operations, (steps) => {
        const cache = new TokenCache({ maxTokens: 3, maxBytes: 100_000 });
        for (const { digest, length, remove } of steps) {
          cache.set(digest, token, length);
          [digest].filter(() => remove).forEach((gone) => cache.delete(gone));
          assert.ok(cache.size <= 3 && cache.bytes <= 100_000);
          assert.equal(cache.size === 0, cache.bytes === 0);
        }
      }),
    );
  });

  test('drops the token that was not used for longest', () => {
    const cache = new TokenCache({ maxTokens: 2, maxBytes: 1e9 });
    cache.set('a', token, 1);
    cache.set('b', token, 1);
    cache.get('a');
    cache.set('c', token, 1);
    assert.deepEqual([cache.get('a'), cache.get('b'), cache.get('c')], [token, undefined, token]);
  });
});
