import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { printProblem, ProblemsError } from '../kit/problem.ts';
import { readYaml } from '../source/yaml-source.ts';
import { catalogue, catalogueOfTools } from './catalogue.fixture.ts';
import { compilePolicies } from './load-policies.ts';
import { answer, inputOf, policiesOf } from './policies.fixture.ts';
import { setFilesOf } from './set-files.ts';

const HEAD = 'apiVersion: sallyport/v1\nkind: Policy\nmetadata: { name: test }\n';
const RULE = 'rules:\n- { id: a, match: { server: files }, effect: deny }\n';

function digestOf(text: string, file = 'a.yaml', set = '[x]'): string {
  return compilePolicies([readYaml(file, text)], catalogue, { readText: () => set }).digest;
}

function warnings(rules: string): readonly string[] {
  return policiesOf(rules).warnings.map(printProblem);
}

suite('compilePolicies()', () => {
  test('has a digest that comments, layout and file names do not change', () => {
    const plain = digestOf(HEAD + RULE);
    assert.match(plain, /^[0-9a-f]{64}$/);
    assert.equal(digestOf(`# note\n${HEAD}${RULE.replace('server: files', '"server":   files')}`, 'b.yaml'), plain);
  });

  test('has a digest that rules, sets and contents of set files change', () => {
    const set = (items: string): string => `${HEAD}sets: { s: ${items} }\n${RULE}`;
    const digests = [
      digestOf(HEAD + RULE),
      digestOf(HEAD + RULE.replace('deny', 'allow')),
      digestOf(set('[x]')),
      digestOf(set('[y]')),
      digestOf(set('{ file: s.yaml }'), 'a.yaml', '[x]'),
      digestOf(set('{ file: s.yaml }'), 'a.yaml', '[y]'),
    ];
    assert.equal(new Set(digests).size, digests.length);
  });

  test('reads set files relative to the policy file', () => {
    const asked: string[] = [];
    const source = readYaml('/etc/policies/a.yaml', `${HEAD}sets: { s: { file: sets/s.yaml } }\nrules: []\n`);
    const readText = (path: string): string => {
      asked.push(path);
      return '[a]';
    };
    compilePolicies([source], catalogue, { readText });
    assert.deepEqual(asked, ['/etc/policies/sets/s.yaml']);
    assert.deepEqual(setFilesOf([source]), asked);
  });

  test('keeps the sets of each file to itself', () => {
    const file = (name: string, who: string): string =>
      `${HEAD}sets: { who: [${who}] }\nrules:\n- { id: ${name}, match: { server: files, tool: read_file }, effect: allow, when: principal.id in sets.who }\n`;
    const policies = compilePolicies(
      [readYaml('a.yaml', file('a', 'ann')), readYaml('b.yaml', file('b', 'bob'))],
      catalogue,
    );
    assert.equal(answer(policies, { principal: { id: 'ann' } }).kind, 'allowed');
    assert.equal(answer(policies, { principal: { id: 'bob' } }).kind, 'allowed');
    assert.equal(answer(policies, { principal: { id: 'cid' } }).kind, 'denied');
  });

  test('evaluates let in order and gives it to when', () => {
    const policies = policiesOf(`
- id: a
  match: { server: bank, tool: pay }
  effect: allow
  let: { cents: 'args.amount * 100.0', big: 'cents > 500.0' }
  when: '!big'
`);
    assert.equal(answer(policies, { server: 'bank', tool: 'pay', args: { amount: 5, to: 'x' } }).kind, 'allowed');
    assert.equal(answer(policies, { server: 'bank', tool: 'pay', args: { amount: 6, to: 'x' } }).kind, 'denied');
  });

  test('checks a condition against every tool its rule matches', () => {
    const tools = catalogueOfTools({
      s: {
        a: { inputSchema: { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] } },
        b: { inputSchema: { type: 'object', properties: { n: { type: 'string' } }, required: ['n'] } },
      },
    });
    const rule = "- { id: r, match: { server: s, tool: '*' }, effect: deny, when: 'args.n == \"1\"' }";
    assert.throws(
      () => policiesOf(rule, '', tools),
      (error) =>
        error instanceof ProblemsError && /for tool "a" of "s"/.test(error.message) && !/tool "b"/.test(error.message),
    );
  });

  test('reads the values of conditions for the record, under either name', () => {
    const policies = policiesOf(
      '- { id: a, match: { server: files, tool: read_file }, effect: deny, when: has(args.limit) && args.limit > 3 && args.path != "x" }',
    );
    const { readArguments } = policies.decide(inputOf({ args: { path: 'y', limit: 2 } }));
    assert.deepEqual(
      readArguments,
      new Map<string, unknown>([
        ['/limit', 2],
        ['/path', 'y'],
      ]),
    );
  });

  test('answers with an error, naming the rule, when a condition fails', () => {
    const policies = policiesOf(`
- { id: a, match: { server: files, tool: read_file }, effect: allow }
- { id: d, match: { server: files, tool: read_file }, effect: deny, when: 'path.under(args.path, "/etc")' }
`);
    assert.equal(answer(policies, { args: { path: '/workspace/a' } }).kind, 'allowed');
    assert.equal(answer(policies, { args: { path: '/etc/passwd' } }).kind, 'denied');
    const ambiguous = policies.decide(inputOf({ args: { path: '/workspace/../etc/passwd' } }));
    assert.deepEqual([ambiguous.kind, ambiguous.kind === 'error' && ambiguous.rule], ['error', 'd']);
  });

  test('reports the problems of all files at once, in order', () => {
    const sources = ['b.yaml', 'a.yaml'].map((file) =>
      readYaml(file, `${HEAD}rules:\n- { id: ${file}, match: { server: file }, effect: deny }\n`),
    );
    assert.throws(
      () => compilePolicies(sources, catalogue),
      (error) => error instanceof ProblemsError && /^a\.yaml:5:.*\nb\.yaml:5:/.test(error.message),
    );
  });
});

suite('compilePolicies() warns of', () => {
  test('an allow rule without tests', () => {
    assert.deepEqual(warnings('- { id: a, match: { server: files, tool: read_file }, effect: allow }'), [
      'policy.yaml:5:9: warning: rules.0.id: an allow rule without tests. Add a call that passes and one that does not.',
    ]);
  });

  test('a rule that matches nothing in the catalogue', () => {
    assert.deepEqual(warnings('- { id: a, match: { server: bank, effects: execute }, effect: deny }'), [
      'policy.yaml:5:19: warning: rules.0.match: nothing in the catalogue matches: the rule never applies.',
    ]);
  });

  test('an allow rule that a deny rule makes dead', () => {
    const rules = `
- { id: d, match: { server: files }, effect: deny }
- { id: a, match: { server: files, tool: read_file }, effect: allow, tests: [{ expect: deny }] }
`;
    assert.deepEqual(warnings(rules), [
      'policy.yaml:7:9: warning: rules.1.id: the rule is dead: d denies all it could allow.',
    ]);
  });

  test('a budget whose calls nobody prices', () => {
    const budget = (more: string): string => `
- { id: b, match: { server: files }, effect: limit, budget: { cost: 9, unit: tokens } }
- { id: p, match: { server: files }, effect: limit, price: { cost: 1${more} } }
`;
    assert.deepEqual(warnings(budget('')), [
      'policy.yaml:6:61: warning: rules.0.budget: no rule has a price in tokens: the budget refuses every call. Add a rule with a price in that unit.',
    ]);
    assert.deepEqual(warnings(budget(', unit: tokens')), []);
  });

  test('a rule that says what another says', () => {
    const rules = `
- { id: a, match: { server: files }, effect: deny }
- { id: b, match: { server: files }, effect: deny, message: no }
`;
    assert.deepEqual(warnings(rules), [
      'policy.yaml:7:9: warning: rules.1.id: the rule says what a says. Remove one of them.',
    ]);
  });

  test('a rule on a tool that cannot be enforced, without failing', () => {
    const tools = catalogueOfTools({ s: { t: { inputSchema: { type: 'object', $schema: 'urn:unknown' } } } });
    const policies = policiesOf('- { id: d, match: { server: s, tool: t }, effect: deny }', '', tools);
    assert.match(policies.warnings.map(printProblem).join('\n'), /tool "t" of "s" is refused whatever rules say/);
  });

  test('a condition that is always or never true', () => {
    const rules = (when: string): string =>
      `- { id: d, match: { server: files, tool: read_file }, effect: deny, when: '${when}' }`;
    assert.match(warnings(rules('1 < 2')).join('\n'), /:\d+: warning: rules\.0\.when: it is always true/);
    assert.match(warnings(rules('1 > 2 && args.path == "x"')).join('\n'), /warning: rules\.0\.when: it is never true/);
    assert.deepEqual(warnings(rules('args.path == "x"')), []);
  });

  test('a listed value that the pinned schema never accepts', () => {
    const rules =
      '- { id: d, match: { server: files, tool: read_file }, effect: deny, args: { mode: { c: one_of, values: [raw, rwa] } } }';
    assert.deepEqual(warnings(rules), [
      'policy.yaml:5:83: warning: rules.0.args.mode: for tool "read_file" of "files": ' +
        'the pinned schema never accepts "rwa". Remove it.',
    ]);
  });
});
