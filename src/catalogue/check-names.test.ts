import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { checkNames } from './check-names.ts';
import { shapeOf } from './confusable.ts';

function kindsOf(...names: string[]): readonly string[] {
  return checkNames(names.map((name, index) => ({ server: `s${index}`, name }))).map(({ kind }) => kind);
}

suite('checkNames()', () => {
  test('has nothing to say about ordinary names', () => {
    assert.deepEqual(kindsOf('read_file', 'write-file', 'admin.tools.list', 'getUser'), []);
  });

  test('reports the same name on two servers', () => {
    const [finding] = checkNames([
      { server: 'files', name: 'search' },
      { server: 'web', name: 'search' },
    ]);
    assert.equal(finding?.message, 'The name "search" is the same as "search" of files.');
    assert.equal(finding?.server, 'web');
  });

  const twins: Record<string, string> = {
    'another case': 'Read_File',
    'a Cyrillic letter': 'r\u0435ad_file',
    'Greek letters': 'read_f\u03b9le',
    'a full-width form': 'ｒead_file',
    'a digit for a letter': 'read_fi1e',
    'a capital I for an l': 'read_fiIe',
    'a zero-width space': 'read\u200b_file',
    'a tag character': 'read_file\u{e0061}',
    'a combining accent': 'read_fi\u0301le',
    'a white space': 'read_file ',
    'a ligature': 'read_\ufb01le',
    'another underscore': 'read\uff3ffile',
  };
  for (const [what, name] of Object.entries(twins)) {
    test(`sees that ${what} makes a twin`, () => assert.ok(kindsOf('read_file', name).includes('collision')));
  }

  test('reports hidden characters, mixed alphabets and odd names on their own', () => {
    assert.deepEqual(kindsOf('a\u200bb'), ['hidden']);
    assert.deepEqual(kindsOf('a b'), ['hidden']);
    assert.deepEqual(kindsOf('sаve'), ['mixed']);
    assert.deepEqual(kindsOf('файл'), ['odd']);
    assert.deepEqual(kindsOf('x'.repeat(129)), ['odd']);
  });

  test('prints hostile names on one line, bounded', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (name) => {
        for (const { message } of checkNames([
          { server: 'a', name },
          { server: 'b', name },
        ])) {
          assert.doesNotMatch(message, /[\p{C}\p{Zl}\p{Zp}]/u);
          assert.ok(message.length < 2000);
        }
      }),
    );
  });
});

suite('shapeOf()', () => {
  test('keeps names apart that look different', () => {
    const names = ['read_file', 'read_files', 'write_file', 'list', 'last', 'a', 'b', 'x1', 'x2'];
    assert.equal(new Set(names.map(shapeOf)).size, names.length);
  });
});
