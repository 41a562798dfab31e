import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { isUsable } from './catalogue.ts';
import { json, pinned, readFile } from './catalogue.fixture.ts';

suite('pinnedTool()', () => {
  test('checks arguments in a closed world', () => {
    const tool = pinned(readFile);
    assert.ok(isUsable(tool));
    assert.equal(tool.validator.validate(json({ path: '/a' })), undefined);
    assert.ok(tool.validator.validate(json({ path: '/a', mode: 'raw' })));
    assert.ok(tool.validator.validate(json({ path: 1 })));
  });

  const unusable = {
    'has no schema': { name: 'a' },
    'has a schema that is no object': { name: 'a', inputSchema: true },
    'refers to another document': {
      name: 'a',
      inputSchema: { type: 'object', properties: { a: { $ref: 'http://127.0.0.1/s' } } },
    },
    'has a pattern that RE2 cannot compile': {
      name: 'a',
      inputSchema: { type: 'object', properties: { a: { type: 'string', pattern: '(?=a)b' } } },
    },
    'is written in an unknown dialect': { name: 'a', inputSchema: { $schema: 'urn:x', type: 'object' } },
    'repeats an argument in an invalid header': {
      name: 'a',
      inputSchema: { type: 'object', properties: { a: { type: 'number', 'x-mcp-header': 'A' } } },
    },
    'hides characters in its name': { name: 'read\u200b_file', inputSchema: { type: 'object' } },
  };
  for (const [what, definition] of Object.entries(unusable)) {
    test(`is unusable when it ${what}, and says why`, () => {
      const { validator } = pinned(definition);
      assert.match('unusable' in validator ? validator.unusable : '', /./);
    });
  }

  test('takes replacements for patterns', () => {
    const inputSchema = { type: 'object', properties: { a: { type: 'string', pattern: '(?=a)b' } } };
    const tool = pinned({ name: 'a', inputSchema }, { patterns: new Map([['(?=a)b', '^ab$']]) });
    assert.ok(isUsable(tool));
    assert.equal(tool.validator.validate(json({ a: 'ab' })), undefined);
    assert.ok(tool.validator.validate(json({ a: 'b' })));
  });
});
