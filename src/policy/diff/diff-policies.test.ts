import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { catalogue } from '../catalogue.fixture.ts';
import { policiesOf } from '../policies.fixture.ts';
import { readWrittenCall } from '../written-call.ts';
import { diffPolicies } from './diff-policies.ts';

const allow = (more: string): string =>
  `  - { id: a, match: { server: files, tool: read_file }, effect: allow, ${more} }\n`;
const PATHS = 'args: { path: { c: path_under, root: /workspace }, limit: { c: range, max: 100, optional: true } }';
const ANY = 'args: { path: { c: wildcard }, limit: { c: wildcard, optional: true } }';

const SAYS = { allowed: 'allow', denied: 'deny', error: 'error' } as const;

/** Pairs of rules that differ, with what must be found. */
const PAIRS: readonly (readonly [name: string, before: string, after: string, found: readonly string[]])[] = [
  ['a root that is narrower', allow(PATHS), allow(PATHS.replace('/workspace', '/workspace/x')), ['allow deny']],
  ['a bound that moves by one', allow(PATHS), allow(PATHS.replace('100', '101')), ['deny allow']],
  ['an argument that is no longer expected', allow(ANY), allow('args: { path: { c: wildcard } }'), ['allow deny']],
  [
    'a caller who is named',
    allow(ANY),
    allow(ANY).replace('server', 'principal: spiffe://acme/one, server'),
    ['allow deny'],
  ],
  ['a time of day', allow(ANY), allow(`${ANY}, when: 'now.getHours("UTC") < 20'`), ['allow deny']],
  [
    'a claim of the caller',
    allow(ANY),
    allow(`${ANY}, when: 'has(principal.subject) && principal.subject == "alice"'`),
    ['allow deny'],
  ],
  [
    'a rule that is new',
    allow(ANY),
    `${allow(ANY)}  - { id: d, match: { server: files, tool: read_file }, effect: deny, args: { path: { c: exact, value: /secret } } }\n`,
    ['allow deny'],
  ],
  [
    'a rule that cannot be evaluated',
    allow(ANY),
    `${allow(ANY)}  - { id: d, match: { server: files, tool: read_file }, effect: deny, when: 'int(args.path) == 1' }\n`,
    ['allow error', 'deny error'],
  ],
];

suite('diffPolicies()', () => {
  for (const [name, before, after, found] of PAIRS) {
    test(`finds ${name}`, () => {
      const { differences } = diffPolicies(policiesOf(before), policiesOf(after), catalogue);
      assert.deepEqual([...new Set(differences.map(({ was, now }) => `${was} ${now}`))], found);
    });

    test(`finds nothing where both have ${name}`, () => {
      const { differences, tried } = diffPolicies(policiesOf(after), policiesOf(after), catalogue);
      assert.deepEqual(differences, []);
      assert.ok(tried > 0);
    });
  }

  test('names witnesses that get these answers', () => {
    const old = policiesOf(allow(PATHS));
    const next = policiesOf(allow(ANY));
    const { differences } = diffPolicies(old, next, catalogue);
    assert.ok(differences.length > 0);
    for (const { was, now, witness } of differences) {
      const call = readWrittenCall(witness, catalogue);
      assert.equal(call.kind, 'call');
      assert.deepEqual([SAYS[old.decide(call.input).kind], SAYS[next.decide(call.input).kind]], [was, now]);
    }
  });

  test('tries a bounded number of calls, however much the rules hold', () => {
    const many = JSON.stringify(Array.from({ length: 500 }, (_none, index) => `/workspace/${index}`));
    const rule = allow(`args: { path: { c: one_of, values: ${many} } }`);
    const { tried } = diffPolicies(policiesOf(rule), policiesOf(rule), catalogue);
    assert.ok(tried <= 20_000 * [...catalogue.servers.values()].reduce((sum, { tools }) => sum + tools.size, 0));
  });
});
