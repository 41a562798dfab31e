import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { cpuMsOf } from '../kit/cpu-ms-of.fixture.ts';
import { compileGlob, matchGlob } from './glob.ts';

suite('matchGlob()', () => {
  for (const [pattern, text, matches] of [
    ['*', 'main', true],
    ['*', '', true],
    ['release-*', 'release-1', true],
    ['release-*', 'prerelease-1', false],
    ['a?c', 'abc', true],
    ['a?c', 'ac', false],
    ['/w/*', '/w/a', true],
    ['/w/*', '/w/a/b', false],
    ['/w/**', '/w/a/b', true],
    ['/w/**/c', '/w/a/b/c', true],
    ['/w/?', '/w/a', true],
    ['*.txt', 'a.txt', true],
    ['**.txt', 'a/b.txt', true],
    ['😀?', '😀😀', true],
  ] as const) {
    test(`${pattern} ${matches ? 'matches' : 'does not match'} ${JSON.stringify(text)}`, () => {
      assert.equal(matchGlob(compileGlob(pattern), text), matches);
    });
  }

  test('refuses to judge a path that can be read in two ways', () => {
    assert.throws(() => matchGlob(compileGlob('/w/**'), '/w/../etc/passwd'), /\.\./);
  });

  test('matches as the same pattern in RE2 words', () => {
    const letters = fc
      .array(fc.constantFrom('a', 'b', '/', '*', '**', '?'), { maxLength: 8 })
      .map((parts) => parts.join(''));
    const texts = fc.array(fc.constantFrom('a', 'b'), { maxLength: 8 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(letters, texts, (pattern, text) => {
        fc.pre(!pattern.includes('***') && !pattern.includes('/'));
        const regExp = pattern.replaceAll(
          /\*\*|\*|\?/g,
          (star) => ({ '**': '[^]*', '*': '[^/]*', '?': '[^/]' })[star] ?? '',
        );
        assert.equal(matchGlob(compileGlob(pattern), text), new RegExp(`^(?:${regExp})$`, 'u').test(text));
      }),
    );
  });

  test('takes time in proportion to the text', () => {
    const spentMs = cpuMsOf(() => {
      matchGlob(compileGlob('*a'.repeat(100)), 'a'.repeat(4_000));
    });
    assert.ok(spentMs < 1_000, `${spentMs} ms`);
  });
});

suite('compileGlob()', () => {
  for (const pattern of ['[a]', '{a,b}', 'a\\*', '!a', '***', 'a'.repeat(300)]) {
    test(`refuses ${pattern.slice(0, 10)}`, () => {
      assert.throws(() => compileGlob(pattern));
    });
  }
});
