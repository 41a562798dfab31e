import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { readYaml } from '../source/yaml-source.ts';
import { mayNameFile, setFilesOf } from './set-files.ts';

const filesIn = (text: string): readonly string[] => setFilesOf([readYaml('/policies/a.yaml', text)]);

suite('setFilesOf()', () => {
  test('names the files of sets, once, from where the policy is', () => {
    const text = 'sets:\n  a: { file: lists/a.txt }\n  b: { file: lists/a.txt }\n  c: { file: /b.txt }\n  d: [x]\n';
    assert.deepEqual(filesIn(text), ['/policies/lists/a.txt', '/b.txt']);
  });
});

suite('mayNameFile()', () => {
  test('says no of rules about files', () => {
    assert.equal(mayNameFile('sets: { readers: [a] }\nrules:\n  - match: { server: files, tool: read_file }\n'), false);
  });

  for (const text of [
    'sets: { a: { file: b.txt } }',
    'sets: { a: { "file": b.txt } }',
    'sets: {a: {file: b.txt}}',
    'sets:\n  a:\n    ? file\n    : b.txt\n',
    '{"sets":{"a":{"f\\u0069le":"b.txt"}}}',
    '"s\\x65ts":\n  a:\n    ? "fil\\\n      e"\n    : b.txt\n',
    'sets:\n  a:\n    ? |-\n      file\n    : b.txt\n',
    'sets: { a: { !!str file: b.txt } }',
  ]) {
    test(`says yes of ${JSON.stringify(text)}`, () => {
      assert.deepEqual(filesIn(text), ['/policies/b.txt']);
      assert.equal(mayNameFile(text), true);
    });
  }

  test('says yes of everything that names one', () => {
    const set = fc.oneof(fc.jsonValue(), fc.record({ file: fc.string() }));
    const document = fc.record({ sets: fc.dictionary(fc.string(), set) }, { requiredKeys: [] });
    fc.assert(
      fc.property(document, (value) => {
        const text = JSON.stringify(value);
        assert.ok(mayNameFile(text) || filesIn(text).length === 0);
      }),
    );
  });
});
