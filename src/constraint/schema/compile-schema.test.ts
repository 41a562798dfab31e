import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { cpuMsOf } from '../../kit/cpu-ms-of.fixture.ts';
import { fromPlain, type JsonObject, type JsonValue } from '../../kit/json.ts';
import { CannotTellError } from '../cannot-tell.ts';
import { compileSchema, SchemaError, type SchemaOptions, type SchemaNote } from './compile-schema.ts';

const DRAFT_07 = 'http://json-schema.org/draft-07/schema#';

suite('compileSchema()', () => {
  test('says in words what is wrong and what would be right', () => {
    const validator = compile({
      type: 'object',
      properties: {
        path: { type: 'string', pattern: '^/w' },
        limit: { type: 'integer', maximum: 100 },
        mode: { enum: ['a', 'b'] },
      },
      required: ['path'],
    });
    assert.equal(validator.validate(json({ path: '/w', limit: 5, mode: 'a' })), undefined);
    for (const [value, pointer, message, allowed] of [
      [{}, '/path', 'must be given', 'a value: it is required'],
      [{ path: 1 }, '/path', 'must be of type string', 'of type string'],
      [{ path: '/x' }, '/path', 'must be a string that matches "^/w"', 'a string that matches "^/w"'],
      [{ path: '/w', limit: 500 }, '/limit', 'must be at most 100', 'at most 100'],
      [{ path: '/w', limit: 1.5 }, '/limit', 'must be of type integer', 'of type integer'],
      [{ path: '/w', mode: 'c' }, '/mode', 'must be one of "a", "b"', 'one of "a", "b"'],
      [
        { path: '/w', lmit: 1 },
        '/lmit',
        'is not declared; did you mean "limit"?',
        'only the members path, limit, mode',
      ],
    ] as const) {
      assert.deepEqual(validator.validate(json(value)), { pointer, message, allowed });
    }
  });

  test('judges a Map as the object it is, where ajv takes it for an empty one', () => {
    const schema = { type: 'object', properties: { a: { type: 'number', maximum: 1 } }, additionalProperties: false };
    const map = new Map<string, JsonValue>([
      ['a', 5],
      ['evil', 1],
    ]);
    assert.equal(new Ajv2020().compile(schema)(map), true, 'what the library says of a Map');
    assert.notEqual(compile(schema).validate(map), undefined);
    assert.notEqual(compile({ type: 'array', items: schema }).validate([map]), undefined);
  });

  test('keeps patterns apart', () => {
    const validator = compile({ properties: { a: { pattern: '^a$' }, b: { pattern: '^b$' } } });
    assert.equal(validator.validate(json({ a: 'a', b: 'b' })), undefined);
    assert.equal(validator.validate(json({ a: 'a', b: 'a' }))?.pointer, '/b');
  });

  test('compares values by what they are, members named constructor and valueOf too', () => {
    const hostile = { constructor: 1, valueOf: 2, toString: 3, a: [{}] };
    assert.equal(compile({ enum: [hostile] }).validate(json(hostile)), undefined);
    assert.notEqual(compile({ const: hostile }).validate(json({ ...hostile, a: [] })), undefined);
    assert.notEqual(compile({ uniqueItems: true }).validate(json([hostile, hostile])), undefined);
    assert.equal(compile({ uniqueItems: true }).validate(json([hostile, {}, [], 1, '1'])), undefined);
  });

  test('counts characters as code points', () => {
    assert.equal(compile({ maxLength: 2 }).validate('😀😀'), undefined);
    assert.notEqual(compile({ maxLength: 2 }).validate('😀😀😀'), undefined);
  });

  test('runs hostile patterns in linear time', () => {
    const validator = compile({ pattern: '^(a+)+$' });
    const spentMs = cpuMsOf(() => {
      assert.notEqual(validator.validate(`${'a'.repeat(50_000)}!`), undefined);
    });
    assert.ok(spentMs < 2_000, `${spentMs} ms`);
  });

  test('refuses a text that is too long for its pattern', () => {
    const { message } = compile({ not: { pattern: '(?:[a-z]{1,100}){10}!' } }).validate('a'.repeat(200_000)) ?? {};
    assert.match(message ?? '', /cannot be judged/);
  });

  test('ends a recursion that branches on every level', () => {
    const both = compile({
      $ref: '#/$defs/n',
      $defs: {
        n: { allOf: [{ properties: { c: { $ref: '#/$defs/n' } } }, { anyOf: [branch('c'), branch('d'), {}] }] },
      },
    });
    let value: JsonObject = new Map();
    for (let depth = 0; depth < 60; depth++) value = new Map([['c', value]]);
    const spentMs = cpuMsOf(() => {
      assert.match(both.validate(value)?.message ?? 'valid', /cannot be judged/);
    });
    assert.ok(spentMs < 2_000, `${spentMs} ms`);
  });
});

suite('compileSchema(), work', () => {
  const many = Array.from({ length: 19_900 }, (_, index) => index);
  const keys = Object.fromEntries(many.map((index) => [`k${index}`, 1]));
  for (const [schema, value] of [
    [{ additionalProperties: true }, keys],
    [{ patternProperties: { '^k': {} } }, keys],
    [{ uniqueItems: true }, many.slice(0, 9_900).map((k) => ({ k }))],
    [{ items: { enum: [{ a: 1 }] } }, many.map(() => ({ a: 1 }))],
    [{ items: { anyOf: [{ type: 'string' }, { maximum: -1 }, { maximum: -2 }, {}] } }, many],
    [{ anyOf: [...many.slice(0, 199).map(() => ({ maxLength: 1 })), {}] }, 'x'.repeat(100_000)],
    [{ items: { pattern: '^[01]*$' } }, many.map((index) => (index * 50_331_653).toString(2).repeat(2))],
  ] as const) {
    test(`cannot tell of a value that is too much for ${JSON.stringify(schema).slice(0, 60)}`, () => {
      const validator = compile(schema);
      assert.throws(() => validator.check(json(value)), CannotTellError);
      assert.deepEqual(validator.validate(json(value)), {
        pointer: '',
        message: 'cannot be judged: the value is too large to be judged',
        allowed: 'a smaller value',
      });
    });
  }

  test('judges what real calls bring: rows, numbers, a long text', () => {
    const row = { id: { type: 'integer' }, name: { type: 'string', pattern: '^[a-z]+$' }, tag: { enum: ['a', 'b'] } };
    const validator = compile({
      properties: {
        rows: { type: 'array', items: { type: 'object', properties: row } },
        numbers: { type: 'array', items: { type: 'number' } },
        text: { type: 'string', maxLength: 1_000_000 },
      },
    });
    const rows = many.slice(0, 2_000).map((id) => ({ id, name: 'abc', tag: 'a' }));
    assert.equal(validator.check(json({ rows })), undefined);
    assert.equal(validator.check(json({ numbers: many })), undefined);
    assert.equal(validator.check(json({ text: 'a'.repeat(900_000) })), undefined);
  });
});

suite('compileSchema(), dialects', () => {
  test('reads draft-07 where $schema names it', () => {
    const validator = compile({
      $schema: DRAFT_07,
      items: [{ type: 'string' }],
      additionalItems: false,
      dependencies: {},
    });
    assert.equal(validator.validate(json(['a'])), undefined);
    assert.notEqual(validator.validate(json(['a', 'b'])), undefined);
    assert.notEqual(validator.validate(json([1])), undefined);
  });

  test('reads 2020-12 without $schema', () => {
    const validator = compile({ prefixItems: [{ type: 'string' }], items: false });
    assert.notEqual(validator.validate(json(['a', 'b'])), undefined);
    assert.throws(() => compile({ items: [{ type: 'string' }] }), SchemaError);
  });

  test('reads a keyword of the other dialect as an annotation, and says so', () => {
    const { notes } = compile({ $schema: DRAFT_07, prefixItems: [false] }, { closed: false });
    assert.deepEqual(notes.map(inWords), [': unknown keyword prefixItems, read as an annotation']);
  });

  for (const dialect of [
    'http://json-schema.org/draft-04/schema#',
    'https://json-schema.org/draft/2019-09/schema',
    'x',
    5,
  ]) {
    test(`refuses the dialect ${dialect}`, () => {
      assert.throws(
        () => compile({ $schema: dialect }),
        (error) => error instanceof SchemaError && error.pointer === '/$schema',
      );
    });
  }
});

suite('compileSchema(), what decides nothing', () => {
  test('notes unknown keywords and formats, with what was probably meant', () => {
    const { notes } = compile({ type: 'object', properties: { a: { maxLenght: 5, format: 'phone' } } });
    assert.deepEqual(notes.map(inWords), [
      '/properties/a: unknown keyword maxLenght, read as an annotation; did you mean maxLength?',
      '/properties/a/format: unknown format phone',
    ]);
  });

  test('does not assert format, nor keywords that only the library knows', () => {
    assert.equal(compile({ format: 'email' }).validate('not an address'), undefined);
    assert.notEqual(compile({ type: 'string', nullable: true }).validate(null), undefined);
    assert.equal(compile({ discriminator: { propertyName: 'a' }, type: 'object' }).validate(json({})), undefined);
  });

  test('takes an $anchor that nothing points to without a note', () => {
    assert.deepEqual(compile({ $anchor: 'address', type: 'string' }).notes, []);
  });

  test('takes x-mcp-header without a note', () => {
    assert.deepEqual(compile({ properties: { a: { type: 'string', 'x-mcp-header': 'Region' } } }).notes, []);
  });
});

suite('compileSchema(), refused schemas', () => {
  for (const [schema, pointer] of [
    [{ $ref: 'https://example.com/schema' }, '/$ref'],
    [{ $ref: 'other.json#/a' }, '/$ref'],
    [{ $ref: '#anchor' }, '/$ref'],
    [{ $ref: '#/$defs/none' }, '/$ref'],
    [{ properties: { a: {} }, $ref: '#/properties' }, '/$ref'],
    [{ $ref: '#' }, ''],
    [{ $defs: { a: { allOf: [{ $ref: '#/$defs/a' }] } } }, '/$defs/a'],
    [{ $async: true }, '/$async'],
    [{ $dynamicRef: '#a' }, '/$dynamicRef'],
    [{ properties: { a: { $id: 'https://example.com/' } } }, '/properties/a/$id'],
    [{ properties: { a: { $schema: DRAFT_07 } } }, '/properties/a/$schema'],
    [{ maximum: { $data: '1/b' } }, '/maximum'],
    [{ type: 'strng' }, '/type'],
    [{ required: 'a' }, '/required'],
    [{ maxLength: -1 }, '/maxLength'],
    [{ multipleOf: 0 }, '/multipleOf'],
    [{ enum: [] }, '/enum'],
    [{ anyOf: [] }, '/anyOf'],
    [{ properties: [] }, '/properties'],
    [{ properties: { a: 5 } }, '/properties/a'],
    [{ pattern: '(?=a)b' }, '/pattern'],
    [{ patternProperties: { '(?<!a)b': {} } }, '/patternProperties/(?<!a)b'],
    [{ properties: { constructor: {} }, allOf: [{ properties: { a: {} } }] }, '/properties/constructor'],
  ] as const) {
    test(`refuses ${JSON.stringify(schema)}`, () => {
      assert.throws(
        () => compile(schema),
        (error) => error instanceof SchemaError && error.pointer === pointer,
      );
    });
  }

  test('refuses a property called __proto__', () => {
    const schema = new Map([['properties', new Map([['__proto__', new Map()]])]]);
    assert.throws(() => compileSchema(schema), SchemaError);
  });

  test('refuses references that double at every step', () => {
    const $defs: Record<string, object> = { d40: {} };
    for (let i = 0; i < 40; i++)
      $defs[`d${i}`] = { allOf: [{ $ref: `#/$defs/d${i + 1}` }, { $ref: `#/$defs/d${i + 1}` }] };
    assert.throws(() => compile({ $ref: '#/$defs/d0', $defs }), /more than 2000 schemas/);
  });

  test('refuses schemas without bounds', () => {
    let deep: JsonObject = new Map();
    for (let i = 0; i < 100; i++) deep = new Map([['not', deep]]);
    assert.throws(() => compileSchema(deep), /nested/);
    assert.throws(() => compile({ allOf: Array.from({ length: 201 }, () => ({})) }), /at most 200/);
    assert.throws(() => compile({ description: 'a'.repeat(300_000) }), /longer/);
  });

  test('takes a replacement for a pattern that RE2 cannot compile', () => {
    const patterns = new Map([['^(?=.*a).*$', 'a']]);
    const validator = compile({ pattern: '^(?=.*a).*$' }, { patterns });
    assert.equal(validator.validate('bab'), undefined);
    assert.notEqual(validator.validate('bbb'), undefined);
  });
});

suite('compileSchema(), hostile text', () => {
  const hostile = [
    '"]; globalThis.pwned = 1; //',
    "'+process.exit()+'",
    '`${globalThis.pwned = 1}`',
    '\\"; globalThis.pwned = 1; \u2028',
    '*/ globalThis.pwned = 1; /*',
  ];

  test('never runs what a schema says', () => {
    for (const text of hostile) {
      const validator = compile({
        $id: text,
        $comment: text,
        title: text,
        [text]: text,
        type: 'object',
        properties: { [text]: { enum: [text], default: text, description: text }, b: { const: { [text]: text } } },
        patternProperties: { '^x': { not: { const: text } } },
        required: [text],
        dependentRequired: { [text]: [text] },
        $defs: { [text]: { const: text } },
      });
      assert.equal(validator.validate(json({ [text]: text })), undefined);
      assert.equal(validator.validate(json({}))?.message, 'must be given');
    }
    assert.equal('pwned' in globalThis, false);
  });

  test('keeps schemas of the same $id apart', () => {
    const first = compile({ $id: 'https://example.com/tool', type: 'string' });
    const second = compile({ $id: 'https://example.com/tool', type: 'number' });
    assert.equal(first.validate('a'), undefined);
    assert.equal(second.validate(1), undefined);
    assert.notEqual(second.validate('a'), undefined);
  });
});

suite('compileSchema(), closed world', () => {
  const open = { closed: false };

  test('closes an object that declares properties, at every depth', () => {
    const validator = compile({ properties: { a: { items: { properties: { b: {} } } } } });
    assert.equal(validator.validate(json({ a: [{ b: 1 }] })), undefined);
    assert.equal(validator.validate(json({ a: [{ c: 1 }] }))?.pointer, '/a/0/c');
    assert.equal(validator.validate(json({ d: 1 }))?.pointer, '/d');
  });

  test('leaves open what the schema opens, or what declares nothing', () => {
    assert.equal(compile({ properties: { a: {} }, additionalProperties: true }).validate(json({ b: 1 })), undefined);
    assert.equal(compile({ properties: { a: { type: 'object' } } }).validate(json({ a: { b: 1 } })), undefined);
    assert.equal(compile({ patternProperties: { '^x-': {} } }).validate(json({ 'x-a': 1 })), undefined);
    assert.notEqual(compile({ patternProperties: { '^x-': {} } }).validate(json({ 'y-a': 1 })), undefined);
  });

  test('reads a root that declares nothing as an object without members, and says so', () => {
    const validator = compile({ type: 'object' });
    assert.notEqual(validator.validate(json({ a: 1 })), undefined);
    assert.equal(validator.notes.length, 1);
  });

  for (const schema of [
    {},
    { type: 'object', title: 'x' },
    { type: 'object', required: ['a'] },
    { type: 'object', minProperties: 0 },
    { anyOf: [{ required: ['a'] }, { minProperties: 1 }] },
    { not: { properties: { b: {} }, required: ['b'] } },
    { $ref: '#/$defs/any', $defs: { any: { type: 'object' } } },
  ]) {
    test(`takes no member that ${JSON.stringify(schema)} does not declare`, () => {
      const validator = compile(schema);
      assert.notEqual(validator.validate(json({ a: 1 })), undefined);
      assert.match(validator.notes.map(inWords).join(), /declares no members/);
    });
  }

  for (const schema of [
    { additionalProperties: true },
    { required: ['a'], unevaluatedProperties: {} },
    { patternProperties: { '^a$': {} } },
    { enum: [{ a: 1 }] },
    { $ref: '#/$defs/a', $defs: { a: { properties: { a: {} } } } },
  ]) {
    test(`leaves the root as ${JSON.stringify(schema)} says it`, () => {
      const validator = compile(schema);
      assert.equal(validator.validate(json({ a: 1 })), undefined);
      assert.deepEqual(validator.notes, []);
    });
  }

  test('says that a root which requires what it does not declare accepts nothing', () => {
    assert.deepEqual(compile({ type: 'object', required: ['a'] }).notes.map(inWords), [
      ': declares no members, so it is read as an object without members; it requires a, which it does not declare, so it accepts no object',
    ]);
  });

  for (const $schema of [DRAFT_07, 'https://json-schema.org/draft/2020-12/schema']) {
    test(`closes joined schemas where they are joined (${$schema})`, () => {
      const validator = compile({
        $schema,
        type: 'object',
        allOf: [{ $ref: '#/definitions/base' }, { properties: { b: { type: 'number' } } }],
        properties: { c: {} },
        definitions: { base: { properties: { a: { properties: { x: {} } } } } },
      });
      assert.equal(validator.validate(json({ a: { x: 1 }, b: 2, c: 3 })), undefined);
      assert.equal(validator.validate(json({ a: {}, z: 1 }))?.pointer, '/z');
      assert.equal(validator.validate(json({ a: { y: 1 } }))?.pointer, '/a/y');
    });
  }

  test('closes the branch that holds, not the others', () => {
    const schema = {
      type: 'object',
      anyOf: [
        { properties: { kind: { const: 'a' }, x: {} }, required: ['kind'] },
        { properties: { kind: { const: 'b' }, y: {} }, required: ['kind'] },
      ],
    };
    const validator = compile(schema);
    assert.equal(validator.validate(json({ kind: 'a', x: 1 })), undefined);
    assert.notEqual(validator.validate(json({ kind: 'a', y: 1 })), undefined);
    assert.equal(compile(schema, open).validate(json({ kind: 'a', y: 1 })), undefined);
  });

  test('refuses inherited names, which the library takes for declared', () => {
    const schema = {
      type: 'object',
      anyOf: [{ properties: { a: { const: 1 } } }, { properties: { b: { const: 1 } } }],
    };
    const raw = new Ajv2020({ strict: false }).compile({ ...schema, unevaluatedProperties: false });
    assert.equal(raw(JSON.parse('{"constructor": 1}')), true, 'what the library says');
    for (const name of ['constructor', 'toString', 'hasOwnProperty', '__proto__', 'valueOf', 'z']) {
      assert.equal(compile(schema).validate(new Map([[name, 1]]))?.pointer, `/${name}`);
    }
  });

  test('accepts nothing that the open schema does not', () => {
    fc.assert(
      fc.property(schemas, fc.boolean(), objects, (schema, isDraft07, value) => {
        const whole = isDraft07 ? { $schema: DRAFT_07, ...schema } : schema;
        const isClosedValid = compile(whole).validate(json(value)) === undefined;
        assert.ok(!isClosedValid || compile(whole, open).validate(json(value)) === undefined);
      }),
      { numRuns: 500 },
    );
  });

  test('accepts what the open schema does when every member is declared at the root', () => {
    const all = { properties: { a: {}, b: {}, c: {} } };
    fc.assert(
      fc.property(schemas, flatObjects, (schema, value) => {
        const whole = { allOf: [schema, all] };
        const isOpenValid = compile(whole, open).validate(json(value)) === undefined;
        fc.pre(!JSON.stringify(schema).includes('additionalProperties'));
        assert.ok(!isOpenValid || compile(whole).validate(json(value)) === undefined);
      }),
      { numRuns: 300 },
    );
  });
});

const name = fc.constantFrom('a', 'b', 'c');
const flatObjects = fc.dictionary(name, fc.constantFrom(1, 'x', null), { maxKeys: 3 });
const { value: objects } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(1, 'x'),
    fc.dictionary(name, tie('value'), { maxKeys: 2 }),
    fc.array(tie('value'), { maxLength: 2 }),
  ),
}));
const { schema: schemas }: { schema: fc.Arbitrary<object> } = fc.letrec<{ schema: object }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom<object>({}, { type: 'string' }, { type: 'object' }, { const: 1 }, { required: ['a'] }),
    fc
      .tuple(
        fc.dictionary(name, tie('schema'), { maxKeys: 2 }),
        fc.constantFrom(undefined, true, false, { type: 'string' }),
      )
      .map(([properties, more]) => ({ properties, ...(more === undefined ? {} : { additionalProperties: more }) })),
    fc.record({ items: tie('schema') }),
    ...['allOf', 'anyOf', 'oneOf'].map((keyword) =>
      fc.record({ [keyword]: fc.array(tie('schema'), { minLength: 1, maxLength: 2 }) }),
    ),
    fc.record({ not: tie('schema') }),
    fc.tuple(tie('schema'), tie('schema')).map(([condition, otherwise]) => ({ if: condition, else: otherwise })),
  ),
}));

/** A schema that goes into the member c again. */
function branch(required: string): object {
  return { properties: { c: { $ref: '#/$defs/n' } }, required: [required] };
}

function compile(schema: object, options: SchemaOptions = { closed: true }): ReturnType<typeof compileSchema> {
  return compileSchema(fromPlain(schema) as JsonObject, options);
}

function json(value: unknown): JsonValue {
  return fromPlain(value);
}

function inWords({ pointer, message }: SchemaNote): string {
  return `${pointer}: ${message}`;
}
