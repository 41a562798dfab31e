import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { nameOfStep, pointerStep } from './json-pointer.ts';

suite('pointerStep()', () => {
  test('escapes what would begin another step (RFC 6901 §5)', () => {
    assert.equal(pointerStep('a/b'), 'a~1b');
    assert.equal(pointerStep('m~n'), 'm~0n');
    assert.equal(pointerStep(0), '0');
  });

  test('never holds a slash, and comes back as the same name', () => {
    const name = fc.string({ unit: fc.constantFrom('~', '/', '0', '1', 'a') });
    fc.assert(
      fc.property(name, (text) => {
        assert.ok(!pointerStep(text).includes('/'));
        assert.equal(nameOfStep(pointerStep(text)), text);
      }),
    );
  });
});

suite('nameOfStep()', () => {
  test('reads ~01 as ~1 and not as a slash (RFC 6901 §4)', () => {
    assert.equal(nameOfStep('~01'), '~1');
  });
});
