import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { catalogue } from './catalogue.fixture.ts';
import { type Explanation, explainCall } from './explain.ts';
import { policiesOf } from './policies.fixture.ts';
import { explanationJson, printExplanation } from './print-explanation.ts';

const RULES = `
- id: a
  match: { server: files, tool: read_file }
  effect: allow
  args: { path: { c: path_under, root: /workspace }, limit: { c: wildcard, optional: true } }
- id: d
  match: { server: files, tool: read_file }
  effect: deny
  let: { top: 'has(args.limit) ? args.limit : 0' }
  when: has(principal.spiffe) && principal.spiffe == "spiffe://x/y" && top > 10
  message: too much
- { id: s, match: { server: files, tool: read_file }, effect: deny, mode: shadow }
`;

function explain(args: object, spiffe = 'spiffe://x/y'): Explanation {
  const call = { server: 'files', tool: 'read_file', args: { ...args }, principal: { spiffe } };
  const explanation = explainCall(call, policiesOf(RULES), catalogue, 0);
  assert.equal(explanation.kind, 'explanation');
  return explanation;
}

suite('explainCall()', () => {
  test('shows each matching rule, what its parts say, and the answer', () => {
    assert.deepEqual(printExplanation(explain({ path: '/workspace/a', limit: 11 })).split('\n'), [
      'call    tools/call "read_file" on files, args {"limit":11,"path":"/workspace/a"}',
      'caller  {"id":"test","kind":"token","spiffe":"spiffe://x/y"} at 1970-01-01T00:00:00.000Z',
      'rule    a at policy.yaml:6: allow: holds',
      'rule    d at policy.yaml:10: deny: holds',
      '        let top is 11',
      '        has(principal.spiffe) is true',
      '        principal.spiffe == "spiffe://x/y" is true',
      '        top > 10 is true',
      'rule    s at policy.yaml:16: deny (shadow): holds',
      'answer  denied: policy.denied',
      '        rule: d',
      '        message: too much',
    ]);
  });

  test('tells what shadow rules would do and what the pinned schema has against the call', () => {
    const lines = printExplanation(explain({ path: '/workspace/a', limit: 'x' }, 'spiffe://x/z')).split('\n');
    assert.match(lines[2] ?? '', /^schema {2}refuses: \/limit must be/);
    assert.ok(lines.includes('shadow  s would deny'));
    assert.equal(lines.at(-1), '        in service the pinned schema refuses it first: tool.arguments');
  });

  test('says what is counted of the call', () => {
    const metered = policiesOf(`
- { id: a, match: { server: files, tool: read_file }, effect: allow }
- { id: b, match: { server: files }, effect: limit, limit: { concurrent: 2 }, budget: { cost: 9, unit: tokens } }
- { id: p, match: { server: files }, effect: limit, price: { cost: 3, unit: tokens } }
`);
    const explanation = explainCall(
      { server: 'files', tool: 'read_file', args: { path: '/a' } },
      metered,
      catalogue,
      0,
    );
    assert.ok(explanation.kind === 'explanation');
    assert.deepEqual(printExplanation(explanation).split('\n').slice(-4), [
      'answer  allowed',
      'budget  b: at most 2 concurrent',
      'budget  b: at most 9 tokens',
      'price   p: 3 tokens',
    ]);
  });

  test('has the same as JSON', () => {
    const json = JSON.parse(JSON.stringify(explanationJson(explain({ path: '/etc/passwd' }))));
    assert.deepEqual(
      [json.verdict, json.reason, json.rule, json.argument, json.rules.length, json.rules[0].outcome.kind],
      ['denied', 'policy.arguments', 'a', '/path', 3, 'fails'],
    );
  });

  test('says why a call could not be made', () => {
    const policies = policiesOf(' []');
    for (const [call, message] of [
      [{ tool: 'read_file' }, 'it names no server.'],
      [{ server: 'file' }, 'no server is called "file".'],
      [{ server: 'files' }, 'it names no known method.'],
      [{ server: 'files', method: 'tools/cal' }, 'it names no known method.'],
      [{ server: 'files', tool: 'a', prompt: 'b' }, 'it names more than one of tool, prompt and resource.'],
    ] as const) {
      assert.deepEqual(explainCall(call, policies, catalogue, 0), { kind: 'no-call', message });
    }
  });
});
