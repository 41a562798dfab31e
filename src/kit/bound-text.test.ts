import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { boundText } from './bound-text.ts';

suite('boundText()', () => {
  test('leaves ordinary text alone', () => {
    assert.equal(boundText('/workspace/日本 é.txt', 100), '/workspace/日本 é.txt');
  });

  test('writes line breaks, escapes and direction overrides as text', () => {
    assert.equal(boundText('a\n\u001b[31m\u202eb\u200b\u2028', 100), 'a\\u{a}\\u{1b}[31m\\u{202e}b\\u{200b}\\u{2028}');
  });

  test('says how much was cut', () => {
    assert.equal(boundText('x'.repeat(50), 10), `${'x'.repeat(10)}…(+40)`);
  });

  test('is bounded, well-formed and without control characters for any string', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(40), (text, max) => {
        const bounded = boundText(text, max);
        assert.ok(bounded.length <= max * 10 + 16);
        assert.ok(bounded.isWellFormed());
        assert.doesNotMatch(bounded, /[\p{Cc}\p{Cf}]/u);
      }),
    );
  });

  test('does not leave half of a surrogate pair where it cuts', () => {
    assert.equal(boundText('😀😀', 3), '😀\\u{d83d}…(+1)');
  });
});
