import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { celEnv, parse, plan } from '@bufbuild/cel';
import fc from 'fast-check';
import { cpuMsOf } from '../../kit/cpu-ms-of.fixture.ts';
import { fromPlain, type JsonObject, type JsonValue } from '../../kit/json.ts';
import { type CelOutcome, type CelProgram, compileCel } from './compile-cel.ts';
import { celTypeOfSchema } from './type-of-schema.ts';
import { type CelType, DYN, listOf, mapOf, objectOf, STRING, TIMESTAMP } from './type.ts';

const variables: ReadonlyMap<string, CelType> = new Map([
  [
    'args',
    celTypeOfSchema(
      fromPlain({
        type: 'object',
        properties: {
          path: { type: 'string' },
          amount: { type: 'number' },
          limit: { type: 'integer' },
          ids: { type: 'array', items: { type: 'integer' }, maxItems: 10 },
          paths: { type: 'array', items: { type: 'string' } },
        },
        required: ['path', 'amount', 'ids', 'paths'],
      }) as JsonObject,
    ),
  ],
  ['sets', objectOf({ readers: listOf(STRING, 2) })],
  ['token', mapOf(DYN)],
  ['now', TIMESTAMP],
]);
const bindings: ReadonlyMap<string, JsonValue | Date | undefined> = new Map<string, JsonValue | Date>([
  ['args', fromPlain({ path: '/w/a', amount: 1.5, limit: 50, ids: [1, 2, 7], paths: ['/w/a', '/w/b'] })],
  ['sets', fromPlain({ readers: ['a', 'b'] })],
  ['token', fromPlain({ sub: 'a', n: 3, nested: { deep: [1] } })],
  ['now', new Date('2026-03-29T01:30:00.250Z')],
]);
const withoutArgs = new Map(bindings).set('args', undefined);

suite('CelProgram.evaluate()', () => {
  for (const [source, value] of [
    ['has(args.limit) && args.limit / 3 == 16', true],
    ['has(args.limit) && args.limit % 7 + 1 == 2', true],
    ['has(args.limit) && (args.amount > 1.0 ? args.limit : 1) / 3 == 16', true],
    ['has(args.limit) && -args.limit == -50', true],
    ['has(args.limit) && string(args.limit) == "50" && double(args.limit) == 50.0', true],
    ['args.amount * 2.0 == 3.0', true],
    ['args.ids[0] + args.ids[1] == 3', true],
    ['args.ids.map(i, i / 2) == [0, 1, 3]', true],
    ['args.ids.all(i, i + 1 < 9) && args.ids.exists(i, i % 2 == 0)', true],
    ['args.ids.exists_one(i, i == 7) && args.ids.filter(i, i > 1).size() == 2', true],
    ['7 in args.ids && !(8 in args.ids)', true],
    ['args.paths.all(p, path.under(p, "/w"))', true],
    ['args.paths.all(p, p.matches("^/w/[a-z]$"))', true],
    ['args.path.contains("w") && args.path.endsWith("a") && size("😀") == 1', true],
    ['"sub" in token && token["sub"] in sets.readers', true],
    ['"constructor" in token || has(token.toString) || has(token.hasOwnProperty)', false],
    ['has(token.nested) && has(token.nested.deep) && token.nested.deep[0] == 1', true],
    ['now.getHours() == 1 && now.getHours("+02:00") == 3 && now.getMinutes("-00:30") == 0', true],
    ['now.getHours("Europe/Berlin") == 3 && now.getMilliseconds("Europe/Berlin") == 250', true],
    ['now.getDayOfWeek() == 0 && now.getMonth() == 2 && now.getDate() == 29 && now.getDayOfMonth() == 28', true],
    ['now.getFullYear() == 2026 && now.getDayOfYear() == 87 && now.getSeconds() == 0', true],
    ['now - timestamp("2026-03-29T01:00:00.250Z") == duration("30m")', true],
    ['now - timestamp("2026-03-29T01:30:00.250Z") > duration("1h")', false],
    ['int("5") == 5 && double("1e3") == 1000.0', true],
    ['url.host("https://A.example/") == "a.example" && !url.isPublic("https://a.example/")', true],
    ['cidr.has("10.0.0.0/8", "::ffff:10.1.2.3") && !cidr.has("10.0.0.0/8", "11.0.0.1")', true],
    ['semver.satisfies("1.2.3", "^1.0.0") && semver.compare("1.2.3", "1.10.0") < 0', true],
    ['shell.argv("git commit -m \'a b\'") == ["git", "commit", "-m", "a b"]', true],
    ['glob("/w/*", "/w/a") && !glob("/w/*", "/w/a/b")', true],
    ['true || 1 / 0 == 1', true],
    ['1 / 0 == 1 || true', true],
    ['false && 1 / 0 == 1', false],
    ['1 / 0 == 1 && false', false],
  ] as const) {
    test(`${source} is ${value}`, () => {
      assert.deepEqual(compile(source).evaluate(bindings), { kind: 'bool', value });
    });
  }

  for (const source of [
    '1 / 0 == 1',
    '1 / 0 == 1 || false',
    '1 / 0 == 1 && true',
    '!(1 / 0 == 1)',
    '[1, 2].all(i, i / 0 == 1)',
    '9223372036854775807 + 1 > 0',
    'int("") == 0',
    'int("0x10") == 16',
    'int(" 5") == 5',
    'double("") == 0.0',
    'double("abc") == 1.0',
    'args.ids[9] == 1',
    'path.under("/w/../a", "/w")',
    'path.under("/w/%2e%2e/a", "/w")',
    '!path.under("/w/../a", "/w")',
    'url.host("https://evil.com\\\\@good.com/") == "good.com"',
    '!url.isPublic("http://0x7f.1/")',
    'cidr.has("10.0.0.0/8", "010.0.0.1")',
    'glob("/w/**", "/w/../a")',
    'semver.compare("v1.2.3", "1.0.0") > 0',
    'shell.argv("ls; rm -rf /")[0] == "ls"',
    'dyn(args.path) + 1 == 2',
    'has(token.sub) && token.sub > 1',
    'has(token.nested) && token.nested.none == 1',
    'dyn(args.path)',
    'args.path == "a" || dyn(args.path)',
  ]) {
    test(`${source} is an error, never a bool`, () => {
      assert.equal(compile(source).evaluate(bindings).kind, 'error');
    });
  }

  for (const [source, outcome] of [
    ['args.path == "a"', 'unknown'],
    ['has(args.limit)', 'unknown'],
    ['!has(args.limit)', 'unknown'],
    ['has(args.limit) && args.limit <= 100', 'unknown'],
    ['args.path == "a" && "a" in sets.readers', 'unknown'],
    ['args.path == "a" && "z" in sets.readers', false],
    ['"z" in sets.readers && args.path == "a"', false],
    ['args.path == "a" || "a" in sets.readers', true],
    ['sets.readers.exists(r, r == args.path)', 'unknown'],
    ['sets.readers.exists(r, r == args.path || r == "b")', true],
    ['sets.readers.all(r, r == args.path && r == "b")', false],
    ['args.paths.all(p, p == "a")', 'unknown'],
    ['args.path == "a" && 1 / 0 == 1', 'error'],
    ['1 / 0 == 1 || args.path == "a"', 'error'],
    ['args.path == "a" ? true : false', 'unknown'],
    ['path.under(args.path, "/w")', 'unknown'],
    ['has(token.sub) && token.sub == "a"', true],
    ['"z" in sets.readers ? args.path == "a" : true', true],
  ] as const) {
    test(`${source} without args is ${outcome}`, () => {
      assert.equal(summary(compile(source).evaluate(withoutArgs)), outcome);
    });
  }

  test('takes a variable that is not bound for unknown', () => {
    assert.equal(compile('has(args.limit)').evaluate(new Map()).kind, 'unknown');
  });

  test('cannot be made to say unknown by a text of the caller', () => {
    const program = compile('{"a": 1}[args.path] == 1');
    for (const path of ['\u0000unknown', 'unresolved attribute']) {
      const outcome = program.evaluate(new Map([['args', fromPlain({ path, amount: 1, ids: [], paths: [] })]]));
      assert.equal(outcome.kind, 'error');
    }
  });

  test('is an error for a time that is none', () => {
    assert.equal(compile('now.getHours() == 1').evaluate(new Map([['now', new Date(NaN)]])).kind, 'error');
  });

  test('is an error for an integer that is none', () => {
    const args = fromPlain({ path: '', amount: 1, limit: 1.5, ids: [], paths: [] });
    assert.equal(compile('has(args.limit) && args.limit + 1 > 0').evaluate(new Map([['args', args]])).kind, 'error');
  });

  test('is an error where a loop meets more than its cost was computed for', () => {
    const many = Array.from({ length: 129 }, () => 'a');
    const long = ['a'.repeat(1_025)];
    const program = compile('args.paths.all(p, p.startsWith("a"))');
    const evaluate = (paths: string[]): string =>
      program.evaluate(new Map([['args', fromPlain({ path: '', amount: 1, ids: [], paths })]])).kind;
    assert.deepEqual([evaluate(many.slice(1)), evaluate(many), evaluate(long)], ['bool', 'error', 'error']);
  });

  test('ends in time on the largest input that it takes', () => {
    const paths = Array.from({ length: 128 }, () => `/${'a'.repeat(1_000)}`);
    const program = compile('args.paths.all(p, p.matches("^(/a*)+$") && path.under(p, "/"))');
    const spentMs = cpuMsOf(() => {
      program.evaluate(new Map([['args', fromPlain({ path: '', amount: 1, ids: [], paths })]]));
    });
    assert.ok(spentMs < 1_000, `${spentMs} ms`);
  });

  test('gives the value of an expression that is no condition, as JSON', () => {
    assert.deepEqual(valueOf('args.ids.map(i, i * 2)'), { kind: 'value', value: [2, 4, 14] });
    assert.deepEqual(valueOf('{"a": args.path, "b": null}'), {
      kind: 'value',
      value: fromPlain({ a: '/w/a', b: null }),
    });
    assert.deepEqual(valueOf('args.amount'), { kind: 'value', value: 1.5 });
    assert.deepEqual(valueOf('true'), { kind: 'bool', value: true });
    assert.equal(valueOf('1.0 / 0.0').kind, 'error');
    assert.throws(() => valueOf('now'), /cannot be a timestamp/);
  });

  test('says nothing the library does not, where both have an answer', () => {
    fc.assert(
      fc.property(conditions, fc.integer({ min: -3, max: 3 }), fc.constantFrom('a', 'b', ''), (source, x, s) => {
        const own = compileCel(source, {
          variables: new Map<string, CelType>([
            ['x', { kind: 'int' }],
            ['s', STRING],
          ]),
          result: 'bool',
        }).evaluate(
          new Map<string, JsonValue>([
            ['x', x],
            ['s', s],
          ]),
        );
        const theirs = plan(celEnv(), parse(source))({ x: BigInt(x), s });
        assert.equal(summary(own), typeof theirs === 'boolean' ? theirs : 'error', source);
      }),
      { numRuns: 500 },
    );
  });
});

suite('CelProgram.reads', () => {
  for (const [source, reads] of [
    ['has(args.limit) && args.limit > 1 && args.path == "a"', ['args.limit', 'args.path']],
    ['args["path"] == "a"', ['args.path']],
    ['args.ids[0] == 1', ['args.ids']],
    ['args.paths.all(p, p.startsWith("a"))', ['args.paths']],
    ['has(token.nested) && token.nested.deep[0] == 1', ['token.nested', 'token.nested.deep']],
    ['"a-b" in token && token["a-b"] == 1', ['token']],
    ['true', []],
    ['path.under(args.path, "/w")', ['args.path']],
  ] as const) {
    test(`names what ${source} reads`, () => {
      assert.deepEqual(compile(source).reads, reads);
    });
  }
});

suite('CelProgram.cost', () => {
  for (const source of [
    'args.paths.all(a, args.paths.all(b, a == b))',
    'args.paths.all(a, [1, 2].all(b, args.ids.all(c, true)))',
    'args.paths.map(a, args.paths.map(b, a + b)).size() > 0',
    'args.paths.all(a, args.paths.exists(b, b.matches("a*b")))',
  ]) {
    test(`refuses ${source}`, () => {
      assert.throws(() => compile(source), /more than 200000|nest at most/);
    });
  }

  test('counts by maxItems and maxLength where the schema has them', () => {
    assert.ok(compile('args.ids.all(a, args.ids.all(b, a == b || a < b))').cost < 10_000);
  });
});

const operand = fc.constantFrom('x', '1', '0', '-2', 'x + 1', 'x / 2', 'x * x', '7 % x', 'size(s)');
const comparison = fc
  .tuple(operand, fc.constantFrom('==', '!=', '<', '<=', '>', '>='), operand)
  .map((parts) => `(${parts.join(' ')})`);
const atom = fc.oneof(
  comparison,
  fc.constantFrom(
    'true',
    'false',
    's == "a"',
    's.startsWith("a")',
    '1 / 0 == 1',
    '[1, 2].exists(i, i == x)',
    '[0, 1].all(i, 4 / i > x)',
  ),
);
const { condition: conditions } = fc.letrec<{ condition: string }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 4 },
    atom,
    fc.tuple(tie('condition'), fc.constantFrom('&&', '||'), tie('condition')).map((parts) => `(${parts.join(' ')})`),
    tie('condition').map((inner) => `!(${inner})`),
    fc.tuple(tie('condition'), tie('condition'), tie('condition')).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
  ),
}));

function valueOf(source: string): CelOutcome {
  return compileCel(source, { variables, result: 'any' }).evaluate(bindings);
}

function compile(source: string): CelProgram {
  return compileCel(source, { variables, result: 'bool' });
}

function summary(outcome: CelOutcome): boolean | string {
  return outcome.kind === 'bool' ? outcome.value : outcome.kind;
}
