import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ProblemsError } from '../kit/problem.ts';
import { readYaml } from './yaml-source.ts';

suite('readYaml()', () => {
  test('says where a value and its key stand', () => {
    const source = readYaml('a.yaml', 'servers:\n  files:\n    route: /mcp\n');
    assert.deepEqual(source.locate(['servers', 'files', 'route']), { line: 3, column: 12 });
    assert.deepEqual(source.locateKey(['servers', 'files', 'route']), { line: 3, column: 5 });
  });

  test('falls back to the nearest enclosing value that is there', () => {
    const source = readYaml('a.yaml', 'servers:\n  files:\n    route: /mcp\n');
    assert.deepEqual(source.locate(['servers', 'files', 'upstream']), { line: 3, column: 5 });
  });

  for (const [style, text, offset, position] of [
    ['plain', 'when: a == b\n', 5, { line: 1, column: 12 }],
    ['single-quoted', "when: 'a == b'\n", 5, { line: 1, column: 13 }],
    ['literal block', 'when: |\n  a &&\n  b == c\n', 10, { line: 3, column: 8 }],
  ] as const) {
    test(`finds an offset inside a ${style} scalar`, () => {
      assert.deepEqual(readYaml('a.yaml', text).locateWithin(['when'], offset), position);
    });
  }

  for (const [fault, text, message] of [
    ['a duplicate key', 'a: 1\na: 2\n', /^a\.yaml:2:1: error: the key a is there twice\.$/],
    ['a duplicate key in quotes', '"a b": 1\n"a b": 2\n', /^a\.yaml:2:1: error: the key "a b" is there twice\.$/],
    [
      'a tab, once',
      'a:\n  - x\n\t- y\n\t- z\n',
      /^a\.yaml:3:1: error: there is a tab at the start of the line: indent with spaces\.$/,
    ],
    [
      'an alias',
      'a: &x 1\nb: *x\n',
      /^a\.yaml:2:4: error: YAML aliases are not accepted here\. Write the value out\.$/,
    ],
    ['an unclosed quote', 'a: "b\n', /^a\.yaml:2:1: error: /],
    ['two documents', 'a: 1\n---\nb: 2\n', /^a\.yaml:2:1: error: /],
    ['an unknown tag', 'a: !!js/function x\n', /^a\.yaml:1:4: error: /],
  ] as const) {
    test(`refuses ${fault}, with its place`, () => {
      assert.throws(
        () => readYaml('a.yaml', text),
        (error) => error instanceof ProblemsError && message.test(error.message),
      );
    });
  }
});
