import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { cpuMsOf } from '../kit/cpu-ms-of.fixture.ts';
import { CannotTellError } from './cannot-tell.ts';
import { compileEcmaPattern, compileRe2, Re2Error } from './re2.ts';
import { Work } from './work.ts';

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
    const spentMs = cpuMsOf(() => {
      assert.equal(compileRe2('^(a+)+$').test(`${'a'.repeat(50_000)}!`), false);
    });
    assert.ok(spentMs < 2_000, `${spentMs} ms`);
  });

  test('throws instead of judging what takes too much work', () => {
    assert.throws(() => compileRe2('a').test('b'.repeat(400_000)), CannotTellError);
    assert.throws(() => compileRe2('(a|b)*').testWhole('a'.repeat(400_000)), CannotTellError);
  });

  test('counts what a text makes the automaton do, not only its length', () => {
    // Texts without a pattern of their own: each character leads to a state that the automaton does not know yet.
    let seed = 1;
    const next = (): string => ((seed = Math.imul(seed, 1_103_515_245) + 12_345) & 0x10000 ? 'a' : 'b');
    const text = Array.from({ length: 20_000 }, next).join('');
    const pattern = compileRe2('[ab]*a[ab]{50}c');
    assert.throws(() => pattern.testWhole(text), CannotTellError);
    assert.equal(compileRe2('[ab]*a[ab]{2}c').testWhole(text), false);
    assert.equal(pattern.testWhole(`a${'b'.repeat(50)}c`), true, 'it is as good as before for other texts');
  });

  test('takes the work of several tests from the same account where it is given one', () => {
    const work = new Work();
    const pattern = compileRe2('a');
    assert.equal(pattern.test('b'.repeat(200_000), work), false);
    assert.throws(() => pattern.test('b'.repeat(200_000), work), CannotTellError);
    assert.equal(pattern.test('b'.repeat(200_000)), false);
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
