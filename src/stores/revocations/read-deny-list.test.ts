import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readDenyList } from './read-deny-list.ts';

suite('readDenyList()', () => {
  for (const [what, text, ids] of [
    ['lines', 'a\nb\n', ['a', 'b']],
    ['lines with remarks, spaces and carriage returns', '# stolen\r\n a \r\n\r\nb', ['a', 'b']],
    ['a JSON array', ' ["a", "b c"]', ['a', 'b c']],
    ['nothing', '', []],
    ['an empty array', '[]', []],
  ] as const) {
    test(`reads ${what}`, () => {
      assert.deepEqual([...readDenyList(Buffer.from(text))], ids);
    });
  }

  for (const [what, bytes] of [
    ['invalid UTF-8', Buffer.from([0x61, 0xff])],
    ['half an array', Buffer.from('["a",')],
    ['an array of other things', Buffer.from('["a", 1]')],
    ['an empty id', Buffer.from('[""]')],
    ['an id that is too long', Buffer.from('x'.repeat(513))],
  ] as const) {
    test(`refuses ${what} as a whole`, () => {
      assert.throws(() => readDenyList(bytes));
    });
  }
});
