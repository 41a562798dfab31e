import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { fromPlain, type JsonObject, type JsonValue, toPlain } from '../kit/json.ts';
import { compileArguments } from './arguments.ts';
import { ConstraintError } from './constraint-error.ts';
import { compileSchema } from './schema/compile-schema.ts';

const SPEC = { path: { c: 'path_under', root: '/w' }, limit: { c: 'range', max: 100, optional: true } };

suite('compileArguments()', () => {
  const closed = compileArguments(object(SPEC), 'deny');
  const open = compileArguments(object(SPEC), 'allow');

  test('accepts the listed arguments, optional ones or not', () => {
    assert.equal(closed.check(object({ path: '/w/a', limit: 5 })), undefined);
    assert.equal(closed.check(object({ path: '/w/a' })), undefined);
    assert.deepEqual(closed.names, ['path', 'limit']);
  });

  test('names the argument at fault and what is allowed', () => {
    assert.deepEqual(closed.check(object({ path: '/w/a', limit: 500 })), {
      pointer: '/limit',
      message: 'must be a number of at most 100',
      allowed: 'a number of at most 100',
    });
    assert.equal(closed.check(object({ limit: 5 }))?.message, 'must be given');
  });

  test('refuses an argument that is not listed, unless extra ones are allowed', () => {
    for (const name of ['mode', 'constructor', 'toString', 'hasOwnProperty', 'Path', 'a/b']) {
      const args = new Map<string, JsonValue>([
        ['path', '/w/a'],
        [name, 'raw'],
      ]);
      assert.deepEqual(closed.check(args), {
        pointer: `/${name.replace('/', '~1')}`,
        message: 'is not an argument that is allowed here',
        allowed: 'only the arguments path, limit',
      });
      assert.equal(open.check(args), undefined);
    }
  });

  test('cuts the pointer of a hostile name', () => {
    const args = new Map<string, JsonValue>([
      ['path', '/w/a'],
      ['x'.repeat(100_000), 1],
    ]);
    assert.ok((closed.check(args)?.pointer.length ?? 0) <= 512);
  });

  test('says where a constraint is wrong', () => {
    assert.throws(
      () => compileArguments(object({ 'a/b': { c: 'range', mx: 1 } }), 'deny'),
      (error) => error instanceof ConstraintError && error.pointer === '/a~1b/mx',
    );
    assert.throws(() => compileArguments(object({ a: { c: 'wildcard', optional: 'yes' } }), 'deny'), ConstraintError);
  });
});

suite('ArgumentConstraints.narrow()', () => {
  test('shows the arguments that remain, tightened', () => {
    const schema = object({
      type: 'object',
      properties: {
        path: { type: 'string', description: 'The file.' },
        limit: { type: 'integer', maximum: 50 },
        mode: { enum: ['raw', 'text'] },
      },
      required: ['path'],
    });
    assert.deepEqual(plain(compileArguments(object(SPEC), 'deny').narrow(schema)), {
      type: 'object',
      properties: {
        path: {
          type: 'string',
          description: 'The file. Allowed here: a path under /w, written without "..", "." or empty segments.',
          pattern: '^/w(/|$)',
        },
        limit: { type: 'integer', maximum: 50 },
      },
      required: ['path'],
      additionalProperties: false,
    });
  });

  test('never makes an undeclared argument valid', () => {
    const schema = object({ type: 'object', properties: {}, additionalProperties: false });
    const narrowed = compileArguments(object({ a: { c: 'wildcard' } }), 'allow').narrow(schema);
    assert.notEqual(compileSchema(narrowed).validate(object({ a: 1 })), undefined);
  });

  test('narrows composed schemas by name only', () => {
    const schema = object({
      type: 'object',
      allOf: [{ properties: { path: { type: 'string' } } }],
      properties: { limit: {} },
    });
    const narrowed = compileArguments(object(SPEC), 'deny').narrow(schema);
    const validator = compileSchema(narrowed, { closed: true });
    assert.equal(validator.validate(object({ path: '/w/a', limit: 5 })), undefined);
    assert.notEqual(validator.validate(object({ path: '/w/a', limit: 500 })), undefined);
    assert.notEqual(validator.validate(object({ path: '/w/a', other: 1 })), undefined);
  });

  test('accepts nothing that the tool does not, and all that both accept stays', () => {
    fc.assert(
      fc.property(
        inputSchemas,
        specs,
        fc.constantFrom('deny', 'allow'),
        argumentObjects,
        (schema, spec, extra, args) => {
          const original = compileSchema(object(schema), { closed: true });
          const constraints = compileArguments(object(spec), extra);
          const narrowed = compileSchema(constraints.narrow(object(schema)), { closed: true });
          const value = object(args);
          const isValid = original.validate(value) === undefined;
          const isNarrowedValid = narrowed.validate(value) === undefined;
          assert.ok(!isNarrowedValid || isValid, 'wider');
          const isBoth = isValid && constraints.check(value) === undefined;
          assert.ok(!isBoth || isNarrowedValid, 'refuses what both accept');
        },
      ),
      { numRuns: 400 },
    );
  });
});

const names = ['a', 'b', 'c'] as const;
const values = fc.oneof(
  fc.constantFrom('x', 'y', '/w/a', '/w', ''),
  fc.integer({ min: -2, max: 6 }),
  fc.constant(null),
  fc.constant(['x']),
);
const argumentObjects = fc.dictionary(fc.constantFrom(...names), values, { maxKeys: 3 });
const properties = fc.constantFrom(
  {},
  { type: 'string' },
  { type: 'integer', maximum: 4 },
  { enum: ['x', 'y', 3] },
  { type: ['string', 'null'], not: { const: 'y' } },
  { type: 'array', items: { type: 'string' } },
  { anyOf: [{ type: 'string', pattern: '^/' }, { type: 'number' }] },
);
const inputSchemas = fc.record(
  {
    type: fc.constant('object'),
    properties: fc.dictionary(fc.constantFrom(...names), properties, { maxKeys: 3 }),
    required: fc.subarray([...names], { maxLength: 1 }),
    additionalProperties: fc.constantFrom(true, false, { type: 'string' }),
    patternProperties: fc.constantFrom({ '^a': {} }, { '^b': { type: 'string' } }),
    allOf: fc.constant([{ properties: { c: { type: ['string', 'number'] } } }]),
  },
  { requiredKeys: ['type'] },
);
const constraints = fc.constantFrom(
  { c: 'exact', value: 'x' },
  { c: 'one_of', values: ['x', 3, null] },
  { c: 'not_one_of', values: ['y', 4] },
  { c: 'range', min: 0, exclusive_max: 5 },
  { c: 'len', min: 1, max: 2 },
  { c: 'contains', values: ['x'] },
  { c: 'subset', values: ['x', 'y'] },
  { c: 'wildcard', optional: true },
  { c: 'path_under', root: '/w', optional: true },
  { c: 're2', pattern: 'x|y' },
  {
    c: 'any',
    of: [
      { c: 'exact', value: 'x' },
      { c: 'range', max: 3 },
    ],
    optional: true,
  },
  {
    c: 'all',
    of: [
      { c: 'range', min: 1 },
      { c: 'not_one_of', values: [2] },
    ],
  },
);
const specs = fc.dictionary(fc.constantFrom(...names), constraints, { maxKeys: 3 });

function object(plainObject: object): JsonObject {
  return fromPlain(plainObject) as JsonObject;
}

function plain(value: JsonValue): unknown {
  return JSON.parse(JSON.stringify(toPlain(value)));
}
