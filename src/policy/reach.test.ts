import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { toPlain } from '../kit/json.ts';
import { objectOf } from './catalogue.fixture.ts';
import { policiesOf } from './policies.fixture.ts';
import type { Reach, ReachInput } from './policy-set.ts';

const alice = { id: 'alice', kind: 'token', subject: 'alice' };

function entry(target: ReachInput['target'], principal: unknown = alice): ReachInput {
  const nothing = objectOf({});
  const caller = { token: undefined, principal: objectOf(principal), tls: nothing };
  return { server: 'files', target, effects: ['read'], annotations: nothing, ...caller };
}

const readFile = { kind: 'tool', name: 'read_file' } as const;

function reachOf(rules: string, input: ReachInput = entry(readFile)): Reach {
  return policiesOf(rules).reach(input);
}

function narrowed(rules: string): unknown {
  const reach = reachOf(rules);
  assert.equal(reach.kind, 'possible');
  const schema = objectOf({
    type: 'object',
    properties: { path: { type: 'string' }, limit: { type: 'integer' }, mode: { type: 'string' } },
    required: ['path'],
  });
  return JSON.parse(JSON.stringify(toPlain(reach.narrow(schema))));
}

const ALLOW = '- { id: a, match: { server: files, tool: read_file }, effect: allow }\n';

suite('CompiledPolicies.reach()', () => {
  test('hides what no rule allows', () => {
    assert.deepEqual(reachOf(' []'), { kind: 'never', because: 'no allow rule' });
    assert.equal(reachOf(ALLOW, entry({ kind: 'tool', name: 'write_file' })).kind, 'never');
  });

  test('hides a tool from callers whom no allow rule can mean', () => {
    const rules =
      '- { id: a, match: { server: files, tool: read_file }, effect: allow, when: principal.id == "bob" && size(args.path) < 9 }';
    assert.equal(reachOf(rules).kind, 'never');
    assert.equal(reachOf(rules, entry(readFile, { id: 'bob', kind: 'token' })).kind, 'possible');
  });

  test('lists a tool whose rule depends on arguments, whatever the constraints', () => {
    assert.equal(
      reachOf('- { id: a, match: { server: files, tool: read_file }, effect: allow, when: size(args.path) < 9 }').kind,
      'possible',
    );
    assert.equal(
      reachOf(
        '- { id: a, match: { server: files, tool: read_file }, effect: allow, args: { path: { c: exact, value: x } } }',
      ).kind,
      'possible',
    );
  });

  test('lists a tool that is allowed at other times only', () => {
    const rules =
      '- { id: a, match: { server: files, tool: read_file }, effect: allow, when: now.getFullYear("UTC") < 1971 }';
    assert.equal(reachOf(rules).kind, 'possible');
  });

  test('hides a tool that a deny rule refuses whatever the arguments', () => {
    const deny = (when: string): string =>
      `${ALLOW}- { id: d, match: { server: files, tool: read_file }, effect: deny, when: '${when}' }`;
    assert.deepEqual(reachOf(deny('principal.id == "alice"')), { kind: 'never', because: 'd' });
    assert.equal(reachOf(deny('principal.id == "bob"')).kind, 'possible');
    assert.equal(reachOf(deny('principal.id == "alice" && args.path == "x"')).kind, 'possible');
    assert.equal(reachOf(deny('principal.id == "alice" || args.path == "x"')).kind, 'never');
  });

  test('hides a tool whose requirement the caller cannot meet', () => {
    const rules = `${ALLOW}- { id: r, match: { server: files, tool: read_file }, effect: require, when: 'has(principal.spiffe)' }`;
    assert.deepEqual(reachOf(rules), { kind: 'never', because: 'r' });
  });

  test('lists a tool that cannot be judged', () => {
    const broken = '1 / (size(principal.id) - size(principal.id)) == 0';
    assert.equal(
      reachOf(`- { id: a, match: { server: files, tool: read_file }, effect: allow, when: '${broken}' }`).kind,
      'possible',
    );
    assert.equal(
      reachOf(`${ALLOW}- { id: d, match: { server: files, tool: read_file }, effect: deny, when: '${broken}' }`).kind,
      'possible',
    );
  });

  test('does not listen to shadow rules', () => {
    assert.equal(reachOf(ALLOW.replace(' }\n', ', mode: shadow }\n')).kind, 'never');
    assert.equal(
      reachOf(`${ALLOW}- { id: d, match: { server: files, tool: read_file }, effect: deny, mode: shadow }`).kind,
      'possible',
    );
  });

  test('lists a resource that may only be subscribed to', () => {
    const rules =
      "- { id: a, match: { server: files, resource: 'file:///w/*', method: resources/subscribe }, effect: allow }";
    assert.equal(reachOf(rules, entry({ kind: 'resource', uri: 'file:///w/a' })).kind, 'possible');
    assert.equal(reachOf(rules, entry({ kind: 'resource', uri: 'file:///v/a' })).kind, 'never');
  });

  test('lists a template when one of its URIs may be allowed', () => {
    const template = (text: string): ReachInput => entry({ kind: 'template', template: text });
    const some = "- { id: a, match: { server: files, resource: 'file:///w/a/*' }, effect: allow }\n";
    assert.equal(reachOf(some, template('file:///w/{path}')).kind, 'possible');
    assert.equal(reachOf(some, template('file:///w/a/b/{path}')).kind, 'possible');
    assert.equal(reachOf(some, template('file:///v/{path}')).kind, 'never');
    const denied = `${some}- { id: d, match: { server: files, resource: file:///w/a/b }, effect: deny }`;
    assert.equal(reachOf(denied, template('file:///w/a/{path}')).kind, 'possible');
    const all = `${some}- { id: d, match: { server: files }, effect: deny }`;
    assert.equal(reachOf(all, template('file:///w/a/{path}')).kind, 'never');
  });
});

suite('Reach.narrow()', () => {
  const one =
    '- { id: a, match: { server: files, tool: read_file }, effect: allow, args: { path: { c: wildcard }, limit: { c: range, max: 9, optional: true } } }\n';
  const other =
    '- { id: b, match: { server: files, tool: read_file }, effect: allow, args: { path: { c: wildcard }, limit: { c: range, min: 90 }, mode: { c: exact, value: raw } } }\n';

  test('shows the constraints of the only rule', () => {
    assert.deepEqual(narrowed(one), {
      type: 'object',
      properties: { path: { type: 'string' }, limit: { type: 'integer', maximum: 9 } },
      required: ['path'],
      additionalProperties: false,
    });
  });

  test('shows what several rules allow between them', () => {
    assert.deepEqual(narrowed(one + other), {
      type: 'object',
      properties: {
        path: { type: 'string' },
        limit: {
          anyOf: [
            { type: 'integer', maximum: 9 },
            { type: 'integer', minimum: 90 },
          ],
        },
        mode: { type: 'string', enum: ['raw'] },
      },
      required: ['path'],
      additionalProperties: false,
    });
  });

  test('tightens nothing when one of the rules allows anything', () => {
    assert.deepEqual((narrowed(one + ALLOW.replace('id: a', 'id: c')) as { required: unknown }).required, ['path']);
    assert.equal(
      (narrowed(one + ALLOW.replace('id: a', 'id: c')) as { additionalProperties?: unknown }).additionalProperties,
      undefined,
    );
  });

  test('leaves out rules that cannot mean this caller', () => {
    const bob = other
      .replace('effect', 'principal: bob }, effect')
      .replace('tool: read_file }, principal', 'tool: read_file, principal');
    assert.deepEqual(narrowed(one + bob), narrowed(one));
  });

  test('adds what requirements ask for', () => {
    const requirement =
      '- { id: r, match: { server: files, tool: read_file }, effect: require, args: { limit: { c: range, min: 3 } } }';
    assert.deepEqual(narrowed(one + requirement), {
      type: 'object',
      properties: { path: { type: 'string' }, limit: { type: 'integer', maximum: 9, minimum: 3 } },
      required: ['path', 'limit'],
      additionalProperties: false,
    });
  });
});
