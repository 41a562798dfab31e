import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { decodeBase64url, encodeBase64url } from './base64url.ts';

suite('decodeBase64url()', () => {
  test('gives back what encodeBase64url() was given', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        assert.deepEqual(decodeBase64url(encodeBase64url(bytes)), bytes);
      }),
    );
  });

  test('accepts no second spelling of the same bytes', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), (text) => {
        const bytes = decodeBase64url(text);
        assert.ok(bytes === undefined || encodeBase64url(bytes) === text);
      }),
    );
  });

  for (const [what, text] of [
    ['unused bits that are not zero', 'AB'],
    ['padding', 'AA=='],
    ['the standard alphabet', 'ab+/'],
    ['white space', 'AA AA'],
    ['a lone last character', 'AAAAA'],
  ] as const) {
    test(`refuses ${what}`, () => {
      assert.equal(decodeBase64url(text), undefined);
    });
  }
});
