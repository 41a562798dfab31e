import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { json, readFile } from './catalogue.fixture.ts';
import { pinOf } from './pin.ts';
import { DefinitionReader, readDefinition } from './read-definition.ts';

suite('readDefinition()', () => {
  test('reads name, pin and the place of the input schema from the text', () => {
    const text = ` { "inputSchema" : {"type":"object"} , "name":"\\u0061" } `;
    const read = readDefinition(Buffer.from(text));
    assert.ok(read.kind === 'definition');
    assert.equal(read.name, 'a');
    assert.equal(read.pin, pinOf(json({ name: 'a', inputSchema: { type: 'object' } })));
    assert.equal(text.slice(read.inputSchema?.start, read.inputSchema?.end), '{"type":"object"}');
  });

  const unreadable = {
    'a key twice': '{"name":"a","name":"b"}',
    'a key twice, once escaped, deep inside': '{"name":"a","inputSchema":{"type":"object","\\u0074ype":"array"}}',
    '__proto__': '{"name":"a","inputSchema":{"__proto__":{}}}',
    'a number no double holds': '{"name":"a","inputSchema":{"maximum":18446744073709551615}}',
    'a lone surrogate': '{"name":"a","description":"\\ud800"}',
    'a name that is too long to be pinned': `{"name":"${'x'.repeat(257)}"}`,
    'no name': '{"title":"a"}',
    'a name that is no string': '{"name":["a"]}',
    'no object': '[]',
    'not JSON': '{name:"a"}',
    'too much': `{"name":"a","description":"${'x'.repeat(1024 * 1024)}"}`,
  };
  for (const [what, text] of Object.entries(unreadable)) {
    test(`does not read ${what}`, () => assert.equal(readDefinition(Buffer.from(text)).kind, 'unreadable'));
  }
});

suite('DefinitionReader', () => {
  test('answers like readDefinition(), again and again, and keeps no definition', () => {
    const reader = new DefinitionReader(2);
    const texts = [readFile, { name: 'b' }, 42, readFile, readFile].map((tool) => Buffer.from(JSON.stringify(tool)));
    for (const bytes of texts) {
      const { definition: _, ...known } = { definition: 0, ...readDefinition(bytes) };
      assert.deepEqual(reader.read(bytes), { read: known, bytes });
    }
  });
});
