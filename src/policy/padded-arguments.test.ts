import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { fromPlain, isJsonObject } from '../kit/json.ts';
import { catalogueOfTools } from './catalogue.fixture.ts';
import { inputOf, policiesOf } from './policies.fixture.ts';

const server = catalogueOfTools({
  files: {
    read_file: {
      inputSchema: {
        type: 'object',
        properties: {
          text: { type: 'string' },
          count: { type: 'number' },
          list: { type: 'array', items: { type: 'string' } },
          object: { type: 'object' },
        },
      },
    },
  },
});

/** Constraints that hold for the value, and go on holding whatever is added behind it. */
const HELD: readonly (readonly [string, string, unknown])[] = [
  ['{ c: re2, pattern: "(?s).*secret.*" }', 'text', 'secret'],
  ['{ c: schema, schema: { type: string, pattern: secret } }', 'text', 'secret'],
  ['{ c: any, of: [{ c: exact, value: x }, { c: re2, pattern: "(?s).*secret.*" }] }', 'text', 'secret'],
  ['{ c: all, of: [{ c: len, min: 3 }, { c: re2, pattern: "(?s).*secret.*" }] }', 'text', 'secret'],
  ['{ c: any, of: [{ c: all, of: [{ c: schema, schema: { pattern: secret } }] }] }', 'text', 'secret'],
  ['{ c: len, min: 3 }', 'text', 'secret'],
  ['{ c: not_one_of, values: [harmless] }', 'text', 'secret'],
  ['{ c: wildcard }', 'text', 'secret'],
  ['{ c: range, min: 100 }', 'count', 100],
  ['{ c: exact, value: 100 }', 'count', 100],
  ['{ c: one_of, values: [100, 200] }', 'count', 100],
  ['{ c: contains, values: [secret] }', 'list', ['secret']],
  ['{ c: schema, schema: { contains: { const: secret } } }', 'list', ['secret']],
  ['{ c: schema, schema: { uniqueItems: false, minItems: 1 } }', 'list', ['secret']],
  [
    '{ c: schema, schema: { type: object, properties: { a: { const: secret } }, required: [a] } }',
    'object',
    { a: 'secret' },
  ],
  ['{ c: schema, schema: { type: object, required: [a] } }', 'object', { a: 'secret' }],
];

/** The same value with more in it. A number cannot be padded. */
function padded(value: unknown, size: number): unknown {
  if (typeof value === 'string') return value + ' x'.repeat(size);
  if (Array.isArray(value)) return [...value, ...Array.from({ length: size }, (_, index) => `x${index}`)];
  if (typeof value !== 'object' || value === null) return value;
  return { ...value, ...Object.fromEntries(Array.from({ length: size }, (_, index) => [`x${index}`, { a: index }])) };
}

const sizes = fc.oneof(fc.nat(50), fc.constantFrom(5_000, 19_000, 200_000));

suite('arguments that are padded', () => {
  for (const [spec, name, value] of HELD) {
    const rules = (effect: string): string => `
- { id: a, match: { server: files, tool: read_file }, effect: allow }
- { id: r, match: { server: files, tool: read_file }, effect: ${effect}, args: { ${name}: ${spec} } }
`;
    const limit = `limit, limit: { burst: 1, per_day: 1 }`;
    const denying = policiesOf(rules('deny'), '', server);
    const limiting = policiesOf(rules(limit), '', server);

    test(`never leave a rule with ${name}: ${spec}`, () => {
      fc.assert(
        fc.property(sizes, (size) => {
          const args = fromPlain({ [name]: padded(value, Math.min(size, name === 'text' ? size * 4 : 19_000)) });
          assert.ok(isJsonObject(args));
          const input = { ...inputOf({}, server), args };
          assert.notEqual(denying.decide(input).kind, 'allowed');
          const limited = limiting.decide(input);
          assert.ok(limited.kind === 'error' || (limited.kind === 'allowed' && limited.limits.length === 1));
        }),
        { numRuns: 8, examples: [[0], [450_000]] },
      );
    });
  }

  for (const effect of ['allow', 'require', 'deny']) {
    test(`are an error of a rule with effect ${effect} that cannot tell`, () => {
      const args = '{ text: { c: re2, pattern: "(?s).*secret.*" } }';
      const policies = policiesOf(
        `
- { id: a, match: { server: files, tool: read_file }, effect: allow }
- { id: r, match: { server: files, tool: read_file }, effect: ${effect}, args: ${args} }
`,
        '',
        server,
      );
      const decision = policies.decide(inputOf({ args: { text: `secret${' '.repeat(500_000)}` } }, server));
      assert.partialDeepStrictEqual(decision, {
        kind: 'error',
        rule: 'r',
        message: 'args: /text cannot be judged: the value is too large to be judged.',
      });
    });
  }
});
