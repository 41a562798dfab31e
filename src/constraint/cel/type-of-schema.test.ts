import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { cpuMsOf } from '../../kit/cpu-ms-of.fixture.ts';
import { fromPlain, type JsonObject } from '../../kit/json.ts';
import { celTypeOfSchema } from './type-of-schema.ts';
import { BOOL, type CelType, DOUBLE, DYN, INT, listOf, NULL, nullable, objectOf, STRING, stringOf } from './type.ts';

suite('celTypeOfSchema()', () => {
  for (const [schema, type] of [
    [{ type: 'integer' }, INT],
    [{ type: 'number' }, DOUBLE],
    [{ type: 'boolean' }, BOOL],
    [{ type: 'string', maxLength: 5 }, stringOf(5)],
    [{ type: ['string', 'null'] }, nullable(STRING)],
    [{ anyOf: [{ type: 'null' }, { type: 'integer' }] }, nullable(INT)],
    [{ type: ['string', 'number'] }, DYN],
    [{ enum: ['a', 'b'] }, STRING],
    [{ enum: ['a', null] }, nullable(STRING)],
    [{ const: 1 }, DOUBLE],
    [{ const: null }, NULL],
    [{ type: 'array', items: { type: 'string' }, maxItems: 3 }, listOf(STRING, 3)],
    [{ type: 'array', prefixItems: [{ type: 'string' }] }, listOf(DYN)],
    [{ type: 'array' }, listOf(DYN)],
    [{ properties: { a: {} } }, DYN],
    [{}, DYN],
    [
      { type: 'object', properties: { a: { type: 'string' }, b: { type: 'integer' } }, required: ['a'] },
      objectOf({ 'a': STRING, 'b?': INT }),
    ],
    [{ $ref: '#/$defs/a', $defs: { a: { type: 'integer' } } }, INT],
    [{ $ref: '#/$defs/none' }, DYN],
  ] as const) {
    test(`types ${JSON.stringify(schema)}`, () => {
      assert.deepEqual(typeOf(schema), type);
    });
  }

  test('leaves an object open that says so, is joined from others, or declares nothing', () => {
    for (const more of [{ additionalProperties: true }, { patternProperties: { '^a': {} } }, { allOf: [{}] }]) {
      const type = typeOf({ type: 'object', properties: { a: {} }, ...more });
      assert.deepEqual(type.kind === 'object' && type.rest, DYN);
    }
    assert.deepEqual(
      typeOf({ type: 'array', items: { type: 'object' } }),
      listOf({ kind: 'object', fields: new Map(), rest: DYN }),
    );
  });

  test('ends on a schema that contains itself', () => {
    const type = typeOf({ type: 'object', properties: { next: { $ref: '#' } } });
    assert.equal(type.kind, 'object');
  });

  test('takes a schema apart once that is referred to often', () => {
    const $defs: Record<string, object> = { d30: { type: 'string' } };
    for (let i = 0; i < 30; i++) {
      const ref = { $ref: `#/$defs/d${i + 1}` };
      $defs[`d${i}`] = { type: 'object', properties: { a: ref, b: ref } };
    }
    const spentMs = cpuMsOf(() => {
      typeOf({ $ref: '#/$defs/d0', $defs });
    });
    assert.ok(spentMs < 1_000, `${spentMs} ms`);
  });
});

function typeOf(schema: object): CelType {
  return celTypeOfSchema(fromPlain(schema) as JsonObject);
}
