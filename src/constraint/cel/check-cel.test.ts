import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { fromPlain, type JsonObject } from '../../kit/json.ts';
import { CelError } from './cel-error.ts';
import { compileCel } from './compile-cel.ts';
import { celTypeOfSchema } from './type-of-schema.ts';
import { type CelType, DYN, listOf, mapOf, objectOf, STRING, TIMESTAMP } from './type.ts';

const inputSchema = {
  type: 'object',
  properties: {
    path: { type: 'string' },
    amount: { type: 'number' },
    limit: { type: 'integer' },
    owner: { type: ['string', 'null'] },
    paths: { type: 'array', items: { type: 'string' } },
    ids: { type: 'array', items: { type: 'integer' }, maxItems: 10 },
    where: { type: 'object', properties: { city: { type: 'string' } } },
    free: { type: 'object' },
    labels: { type: 'object', additionalProperties: { type: 'string' } },
    'odd-name': { type: 'string' },
  },
  required: ['path', 'amount', 'owner', 'paths', 'ids', 'where', 'free', 'labels'],
};
const variables: ReadonlyMap<string, CelType> = new Map([
  ['args', celTypeOfSchema(fromPlain(inputSchema) as JsonObject)],
  ['principal', objectOf({ 'id': STRING, 'spiffe?': STRING })],
  ['sets', objectOf({ readers: listOf(STRING, 2) })],
  ['token', mapOf(DYN)],
  ['now', TIMESTAMP],
]);

suite('checkCel()', () => {
  for (const source of [
    'has(principal.spiffe) && principal.spiffe in sets.readers',
    '!has(principal.spiffe) || principal.spiffe in sets.readers',
    'has(principal.spiffe) ? principal.spiffe == "a" : false',
    '!(!has(args.limit) || args.limit > 5)',
    'has(args.limit) && args.limit <= 100',
    'has(args.limit) && args.limit <= 100.5',
    'has(args.limit) && args["limit"] == 1',
    'args.amount <= 100',
    'args.amount == 1',
    'args.amount + 1.0 > 2.0',
    'args.ids.all(i, i % 2 == 0 && i + 1 < 9)',
    'args.ids.exists_one(i, i == 1) && args.ids.filter(i, i > 1).size() == 1',
    'args.ids.map(i, i > 1, i * 2) == [4]',
    'args.owner == null || args.owner.startsWith("a")',
    'args.owner != null && args.owner.size() > 1',
    'has(args.where.city) && args.where.city == "Rome"',
    'has(args.free.anything) && args.free.anything == 1',
    'has(args.labels.a) && args.labels.a == "x"',
    '"a-b" in args.labels && args.labels["a-b"] == "x"',
    '"odd-name" in args && args["odd-name"] == "x"',
    'args.labels.all(key, key.startsWith("app"))',
    'has(token.scope) && token.scope == "read"',
    'now.getHours("UTC") < 20 && now > timestamp("2026-01-01T00:00:00Z")',
    'now - timestamp("2026-01-01T00:00:00Z") < duration("24h")',
    '{"a": args.path}.a == "x"',
    'size(args.path) == args.path.size()',
    '(args.amount > 1.0 ? args.path : "x") == "x"',
    'dyn(args.path) == 1',
    'path.under(args.path, "/w") && glob("/w/**", args.path)',
    'args.paths.all(path, path.under(path, "/w"))',
    '// a comment\nargs.path == "a"',
  ]) {
    test(`lets ${source} through`, () => {
      assert.ok(compileCel(source, { variables, result: 'bool' }).cost > 0);
    });
  }

  for (const [source, offset, message, suggestion] of [
    ['foo == 1', 0, 'unknown variable "foo"', 'Known: args, principal, sets, token, now.'],
    ['arg.path == "a"', 0, 'unknown variable "arg"', 'Did you mean args?'],
    ['args.pth == "a"', 4, 'args has no member "pth"', 'Did you mean path?'],
    [
      'has(args.constructor)',
      0,
      'args has no member "constructor"',
      'Known: path, amount, limit, owner, paths, ids, where, free, labels, odd-name.',
    ],
    ['args.amount == "x"', 12, 'double is never equal to string', undefined],
    ['args.path in args.ids', 10, 'string is never equal to int', undefined],
    ['args.path == null', 10, 'string is never equal to null', undefined],
    ['args.path + 1 == 2', 10, 'there is no string + int', undefined],
    [
      'args.amount + 1 > 2.0',
      12,
      'there is no double + int',
      'A schema number is a double: write 1.0 instead of 1, or double(…).',
    ],
    ['args.path < 1', 10, 'there is no string < int', undefined],
    ['!args.path', 0, 'there is no !string', undefined],
    ['-args.path == ""', 0, 'there is no -string', undefined],
    ['args.path && true', 4, 'must be bool, not string', undefined],
    ['args.path ? true : false', 4, 'must be bool, not string', undefined],
    ['args.path', 4, 'a condition must be bool, not string', undefined],
    ['now', 0, 'a condition must be bool, not timestamp', undefined],
    ['principal.spiffe == "a"', 9, 'principal.spiffe can be absent', 'Guard it: has(principal.spiffe) && …'],
    ['principal.spiffe == "a" && has(principal.spiffe)', 9, 'principal.spiffe can be absent', /^Guard it/],
    ['has(principal.spiffe) || principal.spiffe == "a"', 34, 'principal.spiffe can be absent', /^Guard it/],
    ['has(args.limit) ? false : args.limit > 1', 30, 'args.limit can be absent', /^Guard it/],
    ['has(args.limit) && args.ids.all(i, true) || args.limit > 1', 48, 'args.limit can be absent', /^Guard it/],
    ['true || args.limit > 1', 12, 'args.limit can be absent', /^Guard it/],
    ['args.labels["a-b"] == "x"', 11, 'args.labels["a-b"] can be absent', 'Guard it: "a-b" in args.labels && …'],
    ['args.owner.size() > 1', 10, 'size does not take (string or null)', /^It is size\(string\)/],
    ['args.owner == null || true && args.where.city == "a"', 40, 'args.where.city can be absent', /^Guard it/],
    ['args.path.foo()', 9, 'unknown function "foo"', undefined],
    ['args.path.startWith("a")', 9, 'unknown function "startWith"', 'Did you mean startsWith?'],
    ['path.udner(args.path, "/w")', 0, 'unknown variable "path"', undefined],
    ['path.under(args.path)', 4, 'path.under does not take (string)', 'It is path.under(string, string).'],
    ['path.under(args.path, "w/../x")', 22, 'this is no root path', undefined],
    ['cidr.has("10.0.0.1/8", args.path)', 9, 'this is no CIDR block with zero host bits', undefined],
    ['glob("[a]", args.path)', 5, /^this has \[/, undefined],
    ['semver.satisfies(args.path, "x y")', 28, 'this is no version range', undefined],
    ['args.path.matches("(?=a)")', 18, /^this is no RE2 pattern/, undefined],
    ['args.path.matches(args.path)', 22, 'matches takes only a literal here', undefined],
    ['now.getHours("Mars/Olympus") == 1', 13, 'this is no time zone', undefined],
    ['args.path.size.x == 1', 9, /^args.path is string and has no members/, undefined],
    ['args.ids["a"] == 1', 8, /^args.ids is list\(int\) and has no members/, undefined],
    ['args.ids[1.5] == 1', 9, 'the index of list(int) must be int, not double', undefined],
    ['args.path.all(c, true)', 4, 'a loop runs over a list or a map, not string', undefined],
    ['args.paths.all(args, true)', 10, 'args is a variable already', 'Choose another name for the item.'],
    ['type(1) == int', 0, 'unknown function "type"', undefined],
    ['timestamp(5) == now', 0, /^timestamp does not take \(int\)/, undefined],
    ['1u == 1u', 0, /^unsigned numbers and bytes/, undefined],
    ['b"a" == b"a"', 0, /^unsigned numbers and bytes/, undefined],
    ['google.protobuf.Value{} == 1', 0, /^messages are not supported/, undefined],
    ['9223372036854775808 == 1', 0, 'the number does not fit into 64 bits', undefined],
    ['1 +', 2, /^syntax error/, undefined],
    ['', 0, /^syntax error/, undefined],
    ['{1: 2}.a == 1', 1, 'a map key must be a string', undefined],
  ] as const) {
    test(`refuses ${source}`, () => {
      const error = errorOf(source);
      assert.match(error.message, asPattern(message));
      assert.match(error.suggestion ?? '', asPattern(suggestion ?? error.suggestion ?? ''));
      assert.equal(error.offset, offset);
    });
  }
});

suite('parseCel()', () => {
  for (const [what, source] of [
    ['deep parentheses', `${'('.repeat(5_000)}true`],
    ['deep lists', `${'['.repeat(3_000)}${']'.repeat(3_000)} == []`],
    ['many operands', `true${' && true'.repeat(5_000)}`],
    ['deep negation', `${'!('.repeat(1_000)}true${')'.repeat(1_000)}`],
    ['deep members', `args${'.a'.repeat(3_000)}`],
    ['long text', `"${'a'.repeat(10_000)}" == ""`],
  ] as const) {
    test(`refuses ${what}`, () => {
      assert.ok(errorOf(source) instanceof CelError);
    });
  }
});

function errorOf(source: string): CelError {
  try {
    compileCel(source, { variables, result: 'bool' });
  } catch (error) {
    assert.ok(error instanceof CelError, String(error));
    return error;
  }
  return assert.fail(`compiles: ${source.slice(0, 80)}`);
}

function asPattern(text: string | RegExp): RegExp {
  return typeof text === 'string' ? new RegExp(`^${RegExp.escape(text)}$`, 'u') : text;
}
