import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type Replacement, replaceSpans } from './replace-spans.ts';

function replaced(text: string, ...replacements: readonly Replacement[]): string {
  return Buffer.from(replaceSpans(Buffer.from(text), replacements)).toString();
}

suite('replaceSpans()', () => {
  test('puts new text or bytes into each span, in any order, and leaves the rest', () => {
    const last = { span: { start: 4, end: 5 }, text: Buffer.from('E') };
    const first = { span: { start: 0, end: 2 }, text: 'AB!' };
    assert.equal(replaced('abcdef', last, first), 'AB!cdEf');
  });

  test('inserts at an empty span', () => {
    assert.equal(replaced('ac', { span: { start: 1, end: 1 }, text: 'b' }), 'abc');
  });

  test('throws when spans overlap', () => {
    const one = { span: { start: 0, end: 3 }, text: '' };
    assert.throws(() => replaced('abcdef', one, { span: { start: 2, end: 4 }, text: '' }), RangeError);
  });
});
