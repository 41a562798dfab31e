import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { inputOf, policiesOf } from './policies.fixture.ts';

const ALLOW = '- { id: all, match: { server: files }, effect: allow }\n';
const rule = (id: string, match: string, priority: string, more = ''): string =>
  `- { id: ${id}, match: { ${match} }, effect: priority, priority: ${priority}${more} }\n`;

function classOf(rules: string): string | undefined {
  const decision = policiesOf(ALLOW + rules).decide(inputOf({ args: { path: '/a' } }));
  assert.equal(decision.kind, 'allowed');
  return decision.kind === 'allowed' ? decision.priority : undefined;
}

suite('priorityOf()', () => {
  for (const [what, rules, expected] of [
    ['no class where no rule gives one', '', undefined],
    ['the class of a rule that holds', rule('a', 'server: files', 'batch'), 'batch'],
    ['none of a rule that does not hold', rule('a', 'server: files', 'batch', ", when: 'false'"), undefined],
    ['none of a rule for another tool', rule('a', 'tool: write_file', 'batch'), undefined],
    [
      'the highest of several, in whatever order',
      rule('a', 'server: files', 'speculative') +
        rule('b', 'tool: read_file', 'interactive') +
        rule('c', 'server: files', 'batch'),
      'interactive',
    ],
  ] as const) {
    test(`gives ${what}`, () => assert.equal(classOf(rules), expected));
  }

  test('lets a rule that cannot be evaluated refuse the call, as every rule does', () => {
    const broken = rule('a', 'tool: read_file', 'batch', ', when: 1 / (size(tool) - size(tool)) == 1');
    assert.equal(policiesOf(ALLOW + broken).decide(inputOf({ args: { path: '/a' } })).kind, 'error');
  });
});

suite('priorityRange()', () => {
  for (const [what, rules, lowest, highest] of [
    ['is the default alone without rules', '', 'interactive', 'interactive'],
    [
      'is one class where a rule is for every call of the server',
      rule('a', 'server: files', 'batch'),
      'batch',
      'batch',
    ],
    [
      'reaches down to what a rule for some gives',
      rule('a', 'tool: read_file', 'speculative'),
      'speculative',
      'interactive',
    ],
    [
      'reaches down to what a rule with a condition gives',
      rule('a', 'server: files', 'batch', ", when: 'true'"),
      'batch',
      'interactive',
    ],
    [
      'reaches from the rule for all up to what others lift out of it',
      rule('a', 'server: files', 'batch') +
        rule('b', 'tool: read_file', 'interactive') +
        rule('c', 'tool: read_file', 'speculative'),
      'batch',
      'interactive',
    ],
    ['is not moved by rules for other servers', rule('a', 'server: bank', 'batch'), 'interactive', 'interactive'],
  ] as const) {
    test(what, () => assert.deepEqual(policiesOf(ALLOW + rules).priorities('files'), { lowest, highest }));
  }
});
