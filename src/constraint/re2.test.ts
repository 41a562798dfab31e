import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { compileEcmaPattern, compileRe2, Re2Error } from './re2.ts';

suite('compileRe2()', () => {
  for (const pattern of [
    '(?=a)',
    '(?<!a)b',
    '(a)\\1',
    '(',
    '[',
    `${'('.repeat(2000)}a${')'.repeat(2000)}`,
    'a'.repeat(3000),
  ]) {
    test(`refuses ${pattern.slice(0, 20)}`, () => {
      assert.throws(() => compileRe2(pattern), Re2Error);
    });
  }

  test('refuses patterns whose program is too large', () => {
    assert.throws(() => compileRe2('(?:(?:a?){20}){20}'.repeat(20)), Re2Error);
  });

  test('takes linear time where a backtracking engine does not end', () => {
    const started = performance.now();
    assert.equal(compileRe2('^(a+)+$').test(`${'a'.repeat(50_000)}!`), false);
    assert.ok(performance.now() - started < 2_000);
  });

  test('throws instead of judging a text that is too long for the pattern', () => {
    const pattern = compileRe2('(?:[a-z]{1,100}){10}!');
    assert.throws(() => pattern.test('a'.repeat(100_000)), Re2Error);
  });

  test('ends the text at its end, not before a last line end', () => {
    assert.equal(compileRe2('^a$').test('a\n'), false);
    assert.equal(compileRe2('a|b').testWhole('ab'), false);
  });
});

suite('compileEcmaPattern()', () => {
  test('reads what ECMA-262 writes in its own way', () => {
    assert.equal(compileEcmaPattern('^[\\u4e00-\\u9fa5]\\/(?<n>x)$').test('中/x'), true);
    assert.equal(compileEcmaPattern('^[^]$').test('\n'), true);
  });

  test('counts code points, as the flag u does', () => {
    assert.equal(compileEcmaPattern('^.$').test('😀'), true);
  });
});
