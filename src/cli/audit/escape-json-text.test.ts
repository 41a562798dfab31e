import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { escapeJsonText } from './escape-json-text.ts';

suite('escapeJsonText()', () => {
  test('escapes C1 controls, direction overrides and tag characters', () => {
    assert.equal(escapeJsonText(JSON.stringify('a\u009b2Jb\u202ec\u{e0061}')), '"a\\u009b2Jb\\u202ec\\udb40\\udc61"');
  });

  test('says the same in characters that all are seen', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const escaped = escapeJsonText(JSON.stringify(text));
        assert.equal(JSON.parse(escaped), text);
        assert.doesNotMatch(escaped, /[\p{Cc}\p{Cf}]/u);
      }),
    );
  });
});
