import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { fromPlain, type JsonObject } from '../../kit/json.ts';
import { compileSchema } from './compile-schema.ts';

const $schema = 'http://json-schema.org/draft-07/schema#';

/** Arguments by what becomes of them. */
interface Row {
  readonly schema: object;
  /** Valid, and every member declared. */
  readonly passes?: readonly object[];
  /** Valid, with a member that is not declared for this value. */
  readonly undeclared?: readonly object[];
  readonly invalid?: readonly object[];
}

/** The keyword. */
function then(schema: object): object {
  // oxlint-disable-next-line no-thenable -- the keyword's name; nobody awaits this schema
  return { then: schema };
}

const KIND = { properties: { kind: { const: 1 } }, required: ['kind'] };
const BASE = { type: 'object', properties: { a: { type: 'number' } } };

const TABLE: Readonly<Record<string, Row>> = {
  'if, then and else': {
    schema: {
      properties: { kind: {} },
      if: KIND,
      ...then({ properties: { a: BASE } }),
      else: { properties: { b: {} } },
    },
    passes: [{ kind: 1, a: { a: 1 } }, { kind: 2, b: 1 }, { b: 1 }],
    undeclared: [{ kind: 1, b: 1 }, { kind: 2, a: {} }, { kind: 1, a: { z: 1 } }, { z: 1 }],
    invalid: [{ kind: 1, a: 1 }],
  },
  'a condition that only requires': {
    schema: { properties: { a: {}, b: {} }, if: { required: ['a'] }, ...then({ required: ['b'] }) },
    passes: [{ a: 1, b: 1 }, { b: 1 }, {}],
    undeclared: [{ z: 1 }],
    invalid: [{ a: 1 }],
  },
  'then without if': {
    schema: { properties: { a: {} }, ...then({ properties: { b: {} }, required: ['c'] }) },
    passes: [{ a: 1 }],
    undeclared: [{ b: 1 }],
  },
  'dependencies on a schema': {
    schema: { properties: { a: {} }, dependencies: { a: { properties: { b: { type: 'string' } }, required: ['b'] } } },
    passes: [{ a: 1, b: 'x' }, {}],
    undeclared: [{ b: 'x' }, { a: 1, b: 'x', z: 1 }],
    invalid: [{ a: 1 }, { a: 1, b: 1 }],
  },
  'dependencies on names': {
    schema: { properties: { a: {}, b: {} }, dependencies: { a: ['b'] } },
    passes: [{ a: 1, b: 1 }, { b: 1 }],
    undeclared: [{ a: 1, b: 1, z: 1 }],
    invalid: [{ a: 1 }],
  },
  'contains beside items': {
    schema: {
      properties: {
        list: {
          items: { properties: { a: {}, b: {} } },
          contains: { properties: { a: { const: 1 } }, required: ['a'] },
        },
      },
    },
    passes: [{ list: [{ a: 1, b: 2 }, { b: 1 }] }],
    undeclared: [{ list: [{ a: 1, z: 1 }] }, { list: [{ a: 1 }, { z: 1 }] }],
    invalid: [{ list: [{ a: 2 }] }, { list: [] }],
  },
  'allOf': {
    schema: { allOf: [BASE, { properties: { b: {} } }] },
    passes: [{ a: 1, b: 1 }, {}],
    undeclared: [{ a: 1, z: 1 }],
    invalid: [{ a: 'x' }],
  },
  'anyOf': {
    schema: {
      anyOf: [
        { ...BASE, required: ['a'] },
        { properties: { b: {} }, required: ['b'] },
      ],
    },
    passes: [{ a: 1 }, { b: 1 }, { a: 1, b: 1 }],
    undeclared: [
      { a: 'x', b: 1 },
      { a: 1, z: 1 },
    ],
    invalid: [{ a: 'x' }, {}],
  },
  'oneOf': {
    schema: {
      oneOf: [
        { ...BASE, required: ['a'] },
        { properties: { b: {} }, required: ['b'] },
      ],
    },
    passes: [{ a: 1 }, { b: 1 }],
    undeclared: [{ a: 1, z: 1 }],
    // Closed branches would make it valid: only one of them would hold.
    invalid: [{ a: 1, b: 1 }],
  },
  'not': {
    schema: { properties: { a: {}, b: {} }, not: { properties: { a: {} }, required: ['a', 'b'] } },
    passes: [{ a: 1 }, { b: 1 }],
    undeclared: [{ z: 1 }],
    invalid: [{ a: 1, b: 1 }],
  },
  'positions': {
    schema: { properties: { list: { items: [{ type: 'string' }, BASE], additionalItems: BASE } } },
    passes: [{ list: ['x', { a: 1 }, { a: 1 }] }],
    undeclared: [{ list: ['x', { z: 1 }] }, { list: ['x', {}, { z: 1 }] }],
    invalid: [{ list: [1] }],
  },
  'additionalItems beside one schema for all': {
    schema: { properties: { list: { items: { type: 'number' }, additionalItems: false } } },
    passes: [{ list: [1, 2] }],
    invalid: [{ list: ['x'] }],
  },
  'a reference into a definition that refers to itself': {
    schema: {
      properties: { node: { $ref: '#/definitions/node' } },
      definitions: { node: { properties: { value: {}, next: { $ref: '#/definitions/node' } } } },
    },
    passes: [{ node: { value: 1, next: { value: 2 } } }],
    undeclared: [{ node: { next: { z: 1 } } }],
  },
  'a reference joined with more': {
    schema: {
      properties: {
        one: { $ref: '#/definitions/base' },
        more: { allOf: [{ $ref: '#/definitions/base' }, { properties: { b: {} } }] },
      },
      definitions: { base: BASE },
    },
    passes: [{ one: { a: 1 }, more: { a: 1, b: 1 } }],
    undeclared: [{ one: { b: 1 } }, { more: { z: 1 } }],
    invalid: [{ one: { a: 'x' } }],
  },
  'a whole that is a reference': {
    schema: { $ref: '#/definitions/base', definitions: { base: BASE } },
    passes: [{ a: 1 }],
    undeclared: [{ z: 1 }],
    invalid: [{ a: 'x' }],
  },
  'one member that two joined schemas declare': {
    schema: {
      properties: { o: { properties: { w: {} } } },
      allOf: [
        { properties: { o: { properties: { x: { type: 'number' }, deep: { properties: { a: {} } } } } } },
        { allOf: [{ properties: { o: { properties: { y: {}, deep: { properties: { b: {} } } }, required: ['y'] } } }] },
      ],
    },
    passes: [{ o: { w: 1, x: 1, y: 1 } }, { o: { y: 1, deep: { a: 1, b: 1 } } }],
    undeclared: [{ o: { y: 1, z: 1 } }, { o: { y: 1, deep: { c: 1 } } }, { z: 1 }],
    invalid: [{ o: { x: 1 } }, { o: { x: 'x', y: 1 } }],
  },
  'one member that two alternatives declare': {
    schema: {
      anyOf: [
        { properties: { kind: { const: 1 }, o: { properties: { x: {} } } }, required: ['kind'] },
        { properties: { kind: { const: 2 }, o: { properties: { y: {} } } }, required: ['kind'] },
      ],
    },
    passes: [
      { kind: 1, o: { x: 1 } },
      { kind: 2, o: { y: 1 } },
    ],
    undeclared: [{ kind: 1, o: { y: 1 } }],
  },
  'values that are named whole': {
    schema: {
      properties: {
        one: { const: { a: 1, b: 2 }, properties: { a: {} } },
        any: { enum: [{ c: 1 }], properties: { a: {} } },
      },
    },
    passes: [{ one: { a: 1, b: 2 }, any: { c: 1 } }],
    invalid: [{ one: { a: 1 } }],
  },
};

interface Joined {
  readonly properties?: Readonly<Record<string, Joined>>;
  readonly allOf?: readonly Joined[];
}

const { schema: joinedSchemas }: { schema: fc.Arbitrary<Joined> } = fc.letrec<{ schema: Joined }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 4 },
    fc.constant({}),
    fc.record(
      {
        properties: fc.dictionary(fc.constantFrom('a', 'b'), tie('schema'), { maxKeys: 2 }),
        allOf: fc.array(tie('schema'), { minLength: 1, maxLength: 3 }),
      },
      { requiredKeys: [] },
    ),
  ),
}));
const { value: values }: { value: fc.Arbitrary<object> } = fc.letrec<{ value: object }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constant({}),
    fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('value'), { maxKeys: 2 }),
  ),
}));

/** What the closed world means for schemas of `properties` and `allOf` only that all hold for one object. */
function isDeclared(schemas: readonly Joined[], value: object, isRoot = false): boolean {
  const all = schemas.flatMap(withJoined);
  const declaring = all.filter(({ properties }) => properties !== undefined);
  if (declaring.length === 0) return !isRoot || Object.keys(value).length === 0;
  return Object.entries(value).every(([name, member]) => {
    const parts = declaring.flatMap(({ properties }) => properties?.[name] ?? []);
    return parts.length > 0 && isDeclared(parts, member);
  });
}

function withJoined(schema: Joined): readonly Joined[] {
  return [schema, ...(schema.allOf ?? []).flatMap(withJoined)];
}

function judge(schema: object, closed: boolean): (args: object) => boolean {
  const validator = compileSchema(fromPlain({ ...schema, $schema }) as JsonObject, { closed });
  return (args) => validator.validate(fromPlain(args)) === undefined;
}

suite('compileSchema(), draft-07', () => {
  for (const [what, { schema, passes = [], undeclared = [], invalid = [] }] of Object.entries(TABLE)) {
    test(`reads ${what} as ajv does, and closes it`, () => {
      const ajv = new Ajv({ strict: false }).compile({ ...schema, $schema });
      const [open, closed] = [judge(schema, false), judge(schema, true)];
      for (const args of passes)
        assert.deepEqual([ajv(args), open(args), closed(args)], [true, true, true], JSON.stringify(args));
      for (const args of undeclared)
        assert.deepEqual([ajv(args), open(args), closed(args)], [true, true, false], JSON.stringify(args));
      for (const args of invalid)
        assert.deepEqual([ajv(args), open(args), closed(args)], [false, false, false], JSON.stringify(args));
    });
  }

  const definitions = { base: BASE, word: { type: 'string' } };
  const beside: Readonly<Record<string, Row>> = {
    'an assertion': {
      schema: { properties: { x: { $ref: '#/definitions/word', maxLength: 2, type: 'number' } } },
      passes: [{ x: 'long' }],
      invalid: [{ x: 1 }],
    },
    'closed members': {
      schema: { properties: { x: { $ref: '#/definitions/base', additionalProperties: false } } },
      passes: [{ x: { a: 1 } }],
      undeclared: [{ x: { z: 1 } }],
    },
    'open members': {
      schema: { properties: { x: { $ref: '#/definitions/base', additionalProperties: true } } },
      passes: [{ x: { a: 1 } }],
      undeclared: [{ x: { z: 1 } }],
    },
    'more members': {
      schema: { allOf: [{ $ref: '#/definitions/base', properties: { b: {} } }] },
      passes: [{ a: 1 }],
      undeclared: [{ b: 1 }],
      invalid: [{ a: 'x' }],
    },
    'words': {
      schema: { properties: { x: { $ref: '#/definitions/word', description: 'd', default: 1 } } },
      passes: [{ x: 'long' }],
      invalid: [{ x: 1 }],
    },
  };
  for (const [what, { schema, passes = [], undeclared = [], invalid = [] }] of Object.entries(beside)) {
    test(`ignores ${what} beside $ref, as that draft says`, () => {
      const [open, closed] = [judge({ ...schema, definitions }, false), judge({ ...schema, definitions }, true)];
      for (const args of passes) assert.deepEqual([open(args), closed(args)], [true, true], JSON.stringify(args));
      for (const args of undeclared) assert.deepEqual([open(args), closed(args)], [true, false], JSON.stringify(args));
      for (const args of invalid) assert.deepEqual([open(args), closed(args)], [false, false], JSON.stringify(args));
    });
  }

  test('takes of schemas joined by allOf what all of them together declare, at every depth', () => {
    fc.assert(
      fc.property(joinedSchemas, values, (schema, args) => {
        assert.equal(judge(schema, true)(args), isDeclared([schema], args, true));
      }),
      { numRuns: 500 },
    );
  });

  test('closes each of two joined declarations when a reference leads into one', () => {
    const part = { properties: { o: { properties: { x: {} } } } };
    const closed = judge(
      {
        allOf: [part, { properties: { o: { properties: { y: {} } } } }],
        properties: { p: { $ref: '#/allOf/0/properties/o' } },
      },
      true,
    );
    assert.deepEqual([{ p: { x: 1 } }, { p: { z: 1 } }, { o: { z: 1 } }].map(closed), [true, false, false]);
  });

  test('notes what is ignored beside $ref, but for annotations', () => {
    const x = { $ref: '#/definitions/word', maxLength: 2, description: 'd', definitions: {} };
    const schema = fromPlain({ $schema, properties: { x }, definitions }) as JsonObject;
    assert.deepEqual(compileSchema(schema).notes, [
      { pointer: '/properties/x/maxLength', message: 'ignored: draft-07 reads nothing beside $ref' },
    ]);
  });

  test('reads what is beside $ref in 2020-12', () => {
    const x = { $ref: '#/$defs/word', maxLength: 2 };
    const schema = fromPlain({ properties: { x }, $defs: definitions }) as JsonObject;
    assert.notEqual(compileSchema(schema).validate(fromPlain({ x: 'long' })), undefined);
  });
});
