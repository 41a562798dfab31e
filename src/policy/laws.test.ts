import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { compileSchema } from '../constraint/schema/compile-schema.ts';
import { isJsonObject } from '../kit/json.ts';
import { catalogue, objectOf } from './catalogue.fixture.ts';
import type { CompiledPolicies } from './compiled-policies.ts';
import { inputOf, policiesOf } from './policies.fixture.ts';
import type { ReachInput } from './policy-set.ts';

/** A rule on `read_file`, in flow style but for its id. */
interface RuleDraft {
  readonly effect: 'allow' | 'require' | 'deny';
  readonly args: string;
  readonly when: string;
}

const FAILS = '1 / (size(args.path) - size(args.path)) == 0';

const when = fc.constantFrom(
  '',
  'has(args.limit) && args.limit > 10',
  'args.path.startsWith("/w")',
  'principal.id == "p"',
  'principal.id != "p" || args.path == "/w"',
  'now.getHours("UTC") < 12',
  'has(args.limit) && 100 / args.limit > 3',
  'path.under(args.path, "/w")',
);

const allowArgs = fc.constantFrom(
  '',
  '{ path: { c: path_under, root: /w }, limit: { c: range, max: 50, optional: true } }',
  '{ path: { c: wildcard }, limit: { c: range, min: 10 } }',
  '{ path: { c: one_of, values: [/w, /etc/x] }, mode: { c: exact, value: raw, optional: true } }',
);

const otherArgs = fc.constantFrom('', '{ limit: { c: range, max: 50 } }', '{ path: { c: exact, value: /w } }');

const draft: fc.Arbitrary<RuleDraft> = fc.oneof(
  fc.record({ effect: fc.constant('allow' as const), args: allowArgs, when }),
  fc.record({ effect: fc.constant('deny' as const), args: otherArgs, when: when.filter((text) => text !== '') }),
  fc.record({ effect: fc.constant('require' as const), args: otherArgs, when: when.filter((text) => text !== '') }),
);

const drafts = fc.array(draft, { maxLength: 4 });

const call = fc.record({
  args: fc.record(
    {
      path: fc.constantFrom('/w', '/w/a', '/etc/x', '/w/../etc', ''),
      limit: fc.constantFrom(0, 5, 20, 70),
      mode: fc.constantFrom('raw', 'text'),
    },
    { requiredKeys: ['path'] },
  ),
  id: fc.constantFrom('p', 'q'),
  now: fc.constantFrom('2026-01-01T09:00:00Z', '2026-01-01T15:00:00Z'),
});

function print({ effect, args, when: condition }: RuleDraft, id: string, mode = 'enforce'): string {
  const lines = [
    `- id: ${id}`,
    '  match: { server: files, tool: read_file }',
    `  effect: ${effect}`,
    `  mode: ${mode}`,
  ];
  if (args !== '') lines.push(`  args: ${args}`);
  if (condition !== '') lines.push(`  when: '${condition}'`);
  return lines.join('\n');
}

function policies(rules: readonly RuleDraft[], more: readonly string[] = []): CompiledPolicies {
  const texts = [...rules.map((rule, index) => print(rule, `r${index}`)), ...more];
  return policiesOf(texts.length === 0 ? ' []' : texts.join('\n'));
}

function asked({ args, id, now }: Parameters<Parameters<typeof call.map>[0]>[0]) {
  return inputOf({ args, now, principal: { id } });
}

function reachInput(id: string): ReachInput {
  return {
    server: 'files',
    target: { kind: 'tool', name: 'read_file' },
    effects: ['read'],
    annotations: objectOf({}),
    token: undefined,
    principal: objectOf({ id, kind: 'token' }),
    tls: objectOf({}),
  };
}

suite('rules of any kind', () => {
  test('never allow more when a deny rule is added', () => {
    fc.assert(
      fc.property(drafts, draft, call, (rules, added, made) => {
        const before = policies(rules).decide(asked(made)).kind;
        const deny: RuleDraft = { ...added, effect: 'deny', args: '' };
        const after = policies(rules, [print(deny, 'd')]).decide(asked(made)).kind;
        assert.ok(before === 'allowed' || after !== 'allowed', `${before} became ${after}`);
      }),
    );
  });

  test('answer the same with shadow rules as without them', () => {
    fc.assert(
      fc.property(drafts, drafts, call, (rules, shadows, made) => {
        const { shadow: none, readArguments: _r, ...without } = policies(rules).decide(asked(made));
        const shadowRules = shadows.map((rule, index) => print(rule, `s${index}`, 'shadow'));
        const { shadow: _s, readArguments: _m, ...withThem } = policies(rules, shadowRules).decide(asked(made));
        assert.deepEqual(withThem, without);
        assert.deepEqual(none, []);
      }),
    );
  });

  test('say what shadow rules would have answered', () => {
    const would = { allowed: 'allow', denied: 'deny', error: 'fault' };
    fc.assert(
      fc.property(drafts, drafts, call, (rules, shadows, made) => {
        const print2 = (mode: string): string[] => shadows.map((rule, index) => print(rule, `s${index}`, mode));
        const enforced = policies(rules, print2('enforce')).decide(asked(made)).kind;
        const decision = policies(rules, print2('shadow')).decide(asked(made));
        const expected = enforced === decision.kind ? [] : [would[enforced]];
        assert.deepEqual([...new Set(decision.shadow.map((difference) => difference.would))], expected);
      }),
    );
  });

  test('answer with an error whenever one of them cannot be evaluated', () => {
    const broken = fc
      .constantFrom<RuleDraft['effect']>('allow', 'require', 'deny')
      .map((effect) => ({ effect, args: '', when: FAILS }));
    fc.assert(
      fc.property(drafts, broken, call, (rules, rule, made) => {
        assert.equal(policies(rules, [print(rule, 'broken')]).decide(asked(made)).kind, 'error');
      }),
    );
  });

  test('answer the same in any order', () => {
    fc.assert(
      fc.property(drafts, call, (rules, made) => {
        const forwards = policies(rules).decide(asked(made)).kind;
        assert.equal(policies(rules.toReversed()).decide(asked(made)).kind, forwards);
      }),
    );
  });

  test('never allow a call of a tool that is hidden from the caller', () => {
    fc.assert(
      fc.property(drafts, call, (rules, made) => {
        const set = policies(rules);
        fc.pre(set.reach(reachInput(made.id)).kind === 'never');
        assert.notEqual(set.decide(asked(made)).kind, 'allowed');
      }),
    );
  });

  test('allow only calls that the narrowed schema accepts', () => {
    const schema = catalogue.servers.get('files')?.tools.get('read_file')?.definition.get('inputSchema');
    assert.ok(isJsonObject(schema));
    fc.assert(
      fc.property(drafts, call, (rules, made) => {
        const set = policies(rules);
        const reach = set.reach(reachInput(made.id));
        const input = asked(made);
        fc.pre(reach.kind === 'possible' && set.decide(input).kind === 'allowed');
        const narrowed = compileSchema(reach.narrow(schema));
        assert.equal(narrowed.validate(input.args), undefined);
      }),
    );
  });
});
