import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { agrees, decodeHeaderValue } from './header-value.ts';

suite('decodeHeaderValue()', () => {
  test('reads back any text that was encoded', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        assert.equal(decodeHeaderValue(`=?base64?${Buffer.from(text).toString('base64')}?=`), text);
      }),
    );
  });

  for (const literal of [
    'echo',
    '',
    'SGVsbG8=',
    '=?base64?SGVsbG8=',
    'SGVsbG8=?=',
    '=?BASE64?SGVsbG8=?=',
    '=?base64?=',
  ]) {
    test(`takes ${JSON.stringify(literal)} as it is`, () => assert.equal(decodeHeaderValue(literal), literal));
  }

  const broken = ['SGVsbG8', 'SGVs!!!bG8=', 'SGVsbG8==', 'SGVsbG9=', '=', 'SGVs bG8=', 'gA==', '7aCA', 'SGVsbG8-'];
  for (const encoded of broken) {
    test(`refuses ${encoded} between the markers`, () => {
      assert.equal(decodeHeaderValue(`=?base64?${encoded}?=`), undefined);
    });
  }
});

suite('agrees()', () => {
  const same: readonly (readonly [string, unknown])[] = [
    ['a', 'a'],
    ['', ''],
    ['42', 42],
    ['42.0', 42],
    ['-7', -7],
    ['0.5', 0.5],
    ['true', true],
    ['false', false],
  ];
  for (const [decoded, argument] of same) {
    test(`finds ${JSON.stringify(decoded)} equal to ${JSON.stringify(argument)}`, () =>
      assert.ok(agrees(decoded, argument)));
  }

  const different: readonly (readonly [string, unknown])[] = [
    ['A', 'a'],
    ['a ', 'a'],
    ['42', '42.0'],
    ['43', 42],
    ['0x2a', 42],
    ['4_2', 42],
    ['1e2', 100],
    ['', 0],
    [' 42', 42],
    ['True', true],
    ['1', true],
    ['null', null],
    ['a', ['a']],
    ['9007199254740993', 9007199254740992],
    ['0.10000000000000001', 0.1],
  ];
  for (const [decoded, argument] of different) {
    test(`finds ${JSON.stringify(decoded)} different from ${JSON.stringify(argument)}`, () => {
      assert.equal(agrees(decoded, argument), false);
    });
  }
});
