import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { json } from './catalogue.fixture.ts';
import { headerParamsOf } from './header-params.ts';

function object(properties: object, more: object = {}): ReturnType<typeof json> {
  return json({ type: 'object', properties, ...more });
}

function kindOf(schema: ReturnType<typeof json>): string {
  return headerParamsOf(schema).kind;
}

suite('headerParamsOf()', () => {
  test('maps lower-case header names to argument paths', () => {
    const schema = object({
      region: { type: 'string', 'x-mcp-header': 'Region' },
      deep: { type: 'object', properties: { n: { type: 'integer', 'x-mcp-header': 'Deep-N' } } },
      plain: { type: 'string' },
    });
    const headers = new Map([
      ['mcp-param-region', 'region'],
      ['mcp-param-deep-n', 'deep.n'],
    ]);
    assert.deepEqual(headerParamsOf(schema), { kind: 'headers', headers });
  });

  test('reads annotations, not data or properties that are called the same', () => {
    const schema = object({
      'x-mcp-header': { type: 'string' },
      a: { const: { 'x-mcp-header': 1 }, default: { 'x-mcp-header': 1 } },
    });
    assert.deepEqual(headerParamsOf(schema), { kind: 'headers', headers: new Map() });
  });

  const annotated = { type: 'string', 'x-mcp-header': 'X' };
  const invalid = {
    'a name that is no token': object({ a: { type: 'string', 'x-mcp-header': 'a b' } }),
    'a name with a line break': object({ a: { type: 'string', 'x-mcp-header': 'a\r\nb' } }),
    'an empty name': object({ a: { type: 'string', 'x-mcp-header': '' } }),
    'a name that is no string': object({ a: { type: 'string', 'x-mcp-header': true } }),
    'a number, which has no one text': object({ a: { type: 'number', 'x-mcp-header': 'A' } }),
    'an object': object({ a: { type: 'object', 'x-mcp-header': 'A' } }),
    'a property without a type': object({ a: { 'x-mcp-header': 'A' } }),
    'two names that differ by case': object({ a: annotated, b: { type: 'string', 'x-mcp-header': 'x' } }),
    'the whole schema': json({ type: 'object', 'x-mcp-header': 'X' }),
    'items': object({ a: { type: 'array', items: annotated } }),
    'a branch': object({ a: { anyOf: [annotated] } }),
    'a definition': object({}, { $defs: { a: annotated } }),
    'a pattern': object({}, { patternProperties: { '^a': annotated } }),
    'a branch further down': object({ a: { allOf: [{ properties: { b: annotated } }] } }),
  };
  for (const [what, schema] of Object.entries(invalid)) {
    test(`refuses an annotation on ${what}`, () => assert.equal(kindOf(schema), 'invalid'));
  }
});
