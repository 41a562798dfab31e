import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { compareVersions, satisfiesRange } from './semver.ts';

suite('compareVersions()', () => {
  test('compares by precedence, not by text', () => {
    assert.equal(compareVersions('1.2.3', '1.10.0'), -1);
    assert.equal(compareVersions('1.0.0', '1.0.0-rc.1'), 1);
  });

  for (const text of [
    'v1.2.3',
    '1.2',
    ' 1.2.3',
    '1.2.3 ',
    '=1.2.3',
    '1.02.3',
    '',
    'latest',
    `1.2.3-${'a'.repeat(300)}`,
  ]) {
    test(`refuses ${JSON.stringify(text.slice(0, 20))}`, () => {
      assert.throws(() => compareVersions(text, '1.0.0'));
    });
  }
});

suite('satisfiesRange()', () => {
  test('reads npm ranges', () => {
    assert.equal(satisfiesRange('1.4.0', '^1.2.0'), true);
    assert.equal(satisfiesRange('2.0.0', '>=1 <2'), false);
  });

  test('refuses a range that is none', () => {
    assert.throws(() => satisfiesRange('1.0.0', 'not a range'));
    assert.throws(() => satisfiesRange('1.0.0', ''));
  });
});
