import { suite, test } from 'node:test';
import fc from 'fast-check';
import { isSameText } from './is-same-text.ts';

suite('isSameText()', () => {
  test('agrees with ===', () => {
    const text = fc.string({ maxLength: 3, unit: fc.constantFrom('a', 'b') });
    fc.assert(fc.property(text, text, (one, other) => isSameText(one, other) === (one === other)));
  });
});
