import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { objectOf } from './catalogue.fixture.ts';
import { answer, inputOf, policiesOf } from './policies.fixture.ts';

const READ = `
- id: files.read
  match: { server: files, tool: read_file }
  effect: allow
  args: { path: { c: path_under, root: /workspace }, limit: { c: range, max: 100, optional: true } }
  message: read_file is limited to /workspace
`;

suite('CompiledPolicies.decide()', () => {
  test('denies everything without a rule', () => {
    assert.deepEqual(answer(policiesOf(' []')), { kind: 'denied', reason: 'policy.no-allow' });
  });

  test('denies everything with rules but none that allows', () => {
    const policies = policiesOf('- { id: a, match: { server: files }, effect: require, when: "true" }');
    assert.deepEqual(answer(policies), { kind: 'denied', reason: 'policy.no-allow' });
  });

  test('allows what an allow rule holds for', () => {
    const decision = policiesOf(READ).decide(inputOf({ args: { path: '/workspace/a.txt' } }));
    assert.deepEqual(decision, {
      kind: 'allowed',
      rules: ['files.read'],
      shadow: [],
      readArguments: new Map([['/path', '/workspace/a.txt']]),
      limits: [],
    });
  });

  test('says which argument of a near rule is at fault and what is allowed there', () => {
    assert.deepEqual(answer(policiesOf(READ), { args: { path: '/workspace/a', limit: 500 } }), {
      kind: 'denied',
      reason: 'policy.arguments',
      rule: 'files.read',
      argument: '/limit',
      allowed: 'a number of at most 100',
      message: 'read_file is limited to /workspace',
    });
  });

  for (const [what, args] of [
    ['a path that climbs out', { path: '/workspace/../etc/passwd' }],
    ['a path that only begins alike', { path: '/workspace_evil/a' }],
    ['an argument that no constraint names', { path: '/workspace/a', mode: 'raw' }],
    ['no path at all', {}],
  ] as const) {
    test(`refuses ${what}`, () => {
      assert.equal(answer(policiesOf(READ), { args }).kind, 'denied');
    });
  }

  test('lets extra arguments pass only when the rule says so', () => {
    const open = policiesOf(READ.replace('  message', '  extra_args: allow\n  message'));
    assert.equal(answer(open, { args: { path: '/workspace/a', mode: 'raw' } }).kind, 'allowed');
  });

  test('lets deny win over allow, and says its message', () => {
    const policies = policiesOf(`${READ}
- { id: no.raw, match: { server: files, tool: read_file }, effect: deny, args: { limit: { c: exact, value: 7 } }, message: not seven }
`);
    assert.equal(answer(policies, { args: { path: '/workspace/a' } }).kind, 'allowed');
    assert.deepEqual(answer(policies, { args: { path: '/workspace/a', limit: 7 } }), {
      kind: 'denied',
      reason: 'policy.denied',
      rule: 'no.raw',
      message: 'not seven',
    });
  });

  test('denies by args only when all of them hold, whatever other arguments there are', () => {
    const policies = policiesOf(`
- { id: a, match: { server: files, tool: read_file }, effect: allow }
- id: d
  match: { server: files, tool: read_file }
  effect: deny
  args: { limit: { c: range, min: 10 }, mode: { c: exact, value: raw } }
`);
    assert.equal(answer(policies, { args: { path: 'x', limit: 10 } }).kind, 'allowed');
    assert.equal(answer(policies, { args: { path: 'x', limit: 9, mode: 'raw' } }).kind, 'allowed');
    assert.equal(answer(policies, { args: { path: 'x', limit: 10, mode: 'raw' } }).kind, 'denied');
  });

  test('needs every matching requirement, whose args leave others alone', () => {
    const policies = policiesOf(`
- { id: a, match: { server: files, tool: read_file }, effect: allow }
- { id: r, match: { server: files, tool: read_file }, effect: require, args: { limit: { c: range, max: 9 } } }
`);
    assert.equal(answer(policies, { args: { path: 'x', limit: 9 } }).kind, 'allowed');
    assert.deepEqual(answer(policies, { args: { path: 'x', limit: 10 } }), {
      kind: 'denied',
      reason: 'policy.requirement',
      rule: 'r',
      argument: '/limit',
      allowed: 'a number of at most 9',
      message: 'must be a number of at most 9',
    });
    assert.equal(answer(policies, { args: { path: 'x' } }).kind, 'denied');
  });

  test('asks only rules of the called tool, server, method, caller and effect', () => {
    const policies = policiesOf(`
- { id: a, match: { server: files, tool: 'read_*' }, effect: allow }
- { id: other.tool, match: { server: files, tool: write_file }, effect: deny }
- { id: other.server, match: { server: bank }, effect: deny }
- { id: other.method, match: { server: files, method: resources/read }, effect: deny }
- { id: other.caller, match: { principal: spiffe://acme/x }, effect: deny }
- { id: other.effect, match: { effects: destructive }, effect: deny }
`);
    assert.deepEqual(policies.decide(inputOf()).rules, ['a']);
  });

  test('denies destructive tools wherever they are', () => {
    const policies = policiesOf(`
- { id: a, match: { server: '*' }, effect: allow }
- { id: d, match: { effects: [destructive] }, effect: deny }
`);
    assert.equal(answer(policies).kind, 'allowed');
    assert.equal(answer(policies, { tool: 'write_file' }).kind, 'denied');
  });

  test('denies what no catalogue knows', () => {
    const policies = policiesOf("- { id: a, match: { server: '*' }, effect: allow }");
    const unknown = { kind: 'tool', name: 'rm' } as const;
    assert.equal(policies.decide({ ...inputOf(), target: unknown }).kind, 'denied');
    assert.equal(policies.decide({ ...inputOf(), server: 'elsewhere' }).kind, 'denied');
  });

  test('needs no allow rule for housekeeping, but listens to deny and require', () => {
    const list = { method: 'tools/list' };
    assert.equal(answer(policiesOf(' []'), list).kind, 'allowed');
    const deny = policiesOf('- { id: d, match: { method: tools/list }, effect: deny }');
    assert.equal(answer(deny, list).kind, 'denied');
    assert.equal(answer(deny, { method: 'prompts/list' }).kind, 'allowed');
  });

  test('needs an allow rule for tasks and for methods of the allow-list', () => {
    assert.equal(answer(policiesOf(' []'), { method: 'tasks/get' }).kind, 'denied');
    const allow = policiesOf("- { id: a, match: { server: files, method: ['tasks/*', x/custom] }, effect: allow }");
    assert.equal(answer(allow, { method: 'tasks/get' }).kind, 'allowed');
    assert.equal(answer(allow, { method: 'x/custom' }).kind, 'allowed');
  });

  test('judges prompts by name and their arguments by constraints', () => {
    const policies = policiesOf(
      '- { id: p, match: { server: files, prompt: greet }, effect: allow, args: { who: { c: len, max: 3 } } }',
    );
    assert.equal(answer(policies, { prompt: 'greet', args: { who: 'Bob' } }).kind, 'allowed');
    assert.equal(answer(policies, { prompt: 'greet', args: { who: 'Robert' } }).kind, 'denied');
    assert.equal(answer(policies, { prompt: 'other', args: { who: 'Bob' } }).kind, 'denied');
    assert.equal(
      answer(policies, { prompt: 'greet', method: 'completion/complete', args: { who: 'Bob' } }).kind,
      'allowed',
    );
  });

  test('judges resources by URI, below a slash only', () => {
    const policies = policiesOf(
      "- { id: r, match: { server: files, resource: 'file:///workspace/*' }, effect: allow }",
    );
    assert.equal(answer(policies, { resource: 'file:///workspace/a.txt' }).kind, 'allowed');
    assert.equal(answer(policies, { resource: 'file:///workspace' }).kind, 'denied');
    assert.equal(answer(policies, { resource: 'file:///workspace_evil/a' }).kind, 'denied');
  });

  test('refuses a URI that can be read in several ways where rules tell URIs apart', () => {
    const allow = "- { id: r, match: { server: files, resource: '*' }, effect: allow }\n";
    const deny = '- { id: d, match: { server: files, resource: "file:///etc/passwd" }, effect: deny }\n';
    const uri = 'file:///workspace/../etc/passwd';
    assert.equal(answer(policiesOf(allow), { resource: uri }).kind, 'allowed');
    assert.deepEqual(answer(policiesOf(allow + deny), { resource: uri }), {
      kind: 'denied',
      reason: 'policy.ambiguous-resource',
    });
  });
});

suite('CompiledPolicies.decide() of a URI in another spelling', () => {
  const guarded = policiesOf(`
- { id: a, match: { server: files, resource: '*' }, effect: allow }
- { id: d, match: { server: files, resource: 'file:///secret/*' }, effect: deny }
`);
  for (const uri of [
    'file:///secret/a',
    'FILE:///secret/a',
    'file:/secret/a',
    'file:secret/a',
    'file://localhost/secret/a',
    'file:////secret/a',
    'file:///s%65cret/a',
    'file:///\u200bsecret/a',
    'file:///ok?/../secret/a',
    'file:///ok#/../secret/a',
  ]) {
    test(`never allows ${JSON.stringify(uri)}`, () => {
      assert.equal(answer(guarded, { resource: uri }).kind, 'denied');
      const entry = {
        server: 'files',
        target: { kind: 'resource', uri },
        effects: [],
        annotations: objectOf({}),
      } as const;
      const caller = { token: undefined, principal: objectOf({ id: 'x', kind: 'token' }), tls: objectOf({}) };
      assert.equal(guarded.reach({ ...entry, ...caller }).kind, 'never');
    });
  }

  test('allows others, and templates to be completed', () => {
    for (const resource of ['file:///ok', 'memo:x', 'test://static-text', 'https://example.com/secret/a?b=c']) {
      assert.equal(answer(guarded, { resource }).kind, 'allowed', resource);
    }
    const template = { resource: 'test://template/{id}/data', method: 'completion/complete' };
    assert.equal(answer(guarded, template).kind, 'allowed');
    assert.equal(answer(guarded, { ...template, method: 'resources/read' }).kind, 'denied');
  });
});

suite('CompiledPolicies.decide() with limits', () => {
  const limited = (by: string): ReturnType<typeof policiesOf> =>
    policiesOf(`
- { id: a, match: { server: '*' }, effect: allow }
- id: l
  match: { server: '*' }
  effect: limit
  limit: { burst: 5, per_minute: 30, cost: 2, by: [${by}] }
  message: Slow down.
`);

  test('asks for the bucket of the rule', () => {
    assert.deepEqual(answer(limited('')), {
      kind: 'allowed',
      limits: [
        {
          name: 'l',
          key: '["l","m"]',
          tenant: undefined,
          tiers: [{ burst: 5, refill: 30, periodMs: 60_000 }],
          cost: 2,
          whenStoreLost: 'local',
          message: 'Slow down.',
        },
      ],
    });
  });

  test('has buckets of their own for what it counts by, and for nothing else', () => {
    const keyOf = (by: string, written: Parameters<typeof inputOf>[0]): unknown => {
      const decision = limited(by).decide(inputOf(written));
      return decision.kind === 'allowed' && decision.limits[0]?.key;
    };
    assert.equal(keyOf('principal', { principal: { id: 'p' } }), '["l","m",["tenant",""],["principal","p"]]');
    assert.equal(
      keyOf('tool, server', { principal: { id: 'p' } }),
      '["l","m",["server","files"],["tool","files/read_file"]]',
    );
    assert.equal(
      keyOf('agent, tool', { principal: { actor: 'a', client_id: 'c' } }),
      '["l","m",["tenant",""],["agent","a"],["tool","files/read_file"]]',
    );
    assert.equal(keyOf('upstream', {}), '["l","m",["upstream","files.invalid"]]');
    assert.equal(keyOf('tenant', { principal: { issuer: 'i' } }), '["l","m",["tenant","i"]]');
    assert.equal(
      keyOf('lineage', { principal: { issuer: 'i' }, txn: 't' }),
      String.raw`["l","m",["tenant","i"],["lineage","[\"i\",\"txn\",\"t\"]"]]`,
    );
    assert.equal(
      keyOf('lineage', { principal: { issuer: 'i' }, token: { jti: 'j' } }),
      String.raw`["l","m",["tenant","i"],["lineage","[\"i\",\"jti\",\"j\"]"]]`,
    );
    assert.notEqual(
      keyOf('principal', { principal: { id: 'p"],["x' } }),
      keyOf('principal', { principal: { id: 'p' } }),
    );
  });

  test('keeps keys short, however long a name is', () => {
    const decision = limited('principal').decide(inputOf({ principal: { id: 'p'.repeat(4000) } }));
    assert.match(JSON.stringify(decision.kind === 'allowed' && decision.limits[0]?.key), /^"sha256:[0-9a-f]{64}"$/);
  });

  test('does not count a call that its args do not describe', () => {
    const policies = policiesOf(`
- { id: a, match: { server: bank, tool: pay }, effect: allow }
- { id: l, match: { server: bank, tool: pay }, effect: limit, args: { amount: { c: range, min: 100 } }, limit: { burst: 1, per_day: 1 } }
`);
    const limitsOf = (amount: number): unknown => {
      const decision = policies.decide(inputOf({ server: 'bank', tool: 'pay', args: { amount, to: 'x' } }));
      return decision.kind === 'allowed' && decision.limits.length;
    };
    assert.deepEqual([limitsOf(99), limitsOf(100)], [0, 1]);
  });
});

suite('CompiledPolicies.decide() with budgets', () => {
  const metered = policiesOf(`- { id: read, match: { server: files, tool: read_file }, effect: allow }
- { id: busy, match: { tool: read_file }, effect: limit, limit: { concurrent: 3, by: [principal] } }
- { id: rated, match: { tool: read_file }, effect: limit, limit: { per_day: 9, concurrent: 2, when_store_lost: local } }
- id: purse
  match: { server: files }
  effect: limit
  budget: { calls: 7, cost: 500, unit: tokens, by: [lineage, token], renews_after_s: 3600 }
  message: one report a task
- { id: price, match: { tool: read_file }, effect: limit, price: { cost: 40, unit: tokens, reply: /usage/total_tokens } }
- { id: fee, match: { tool: read_file }, effect: limit, price: { cost: 1, meta: example.com/cost } }
`);
  const claims = objectOf({ jti: 'j', iat: 1_790_000_000 });
  const asked = (more: object = {}) =>
    metered.decide({ ...inputOf({ args: { path: '/workspace/a' } }), token: claims, ...more });

  test('says what is to be counted, and what it costs', () => {
    const decision = asked();
    assert.equal(decision.kind, 'allowed');
    const { limits, metering } = decision.kind === 'allowed' ? decision : {};
    assert.deepEqual(
      limits?.map(({ name }) => name),
      ['rated'],
    );
    assert.deepEqual(
      metering?.counts.map(({ name, kind, most, amount, unit, lastsMs, sinceMs, whenStoreLost }) => {
        return [name, kind, most, amount, unit, lastsMs, sinceMs, whenStoreLost];
      }),
      [
        ['busy', 'concurrent', 3, 1, undefined, 0, undefined, 'local'],
        ['rated', 'concurrent', 2, 1, undefined, 0, undefined, 'local'],
        ['purse', 'calls', 7, 1, undefined, 3_600_000, 1_790_000_000_000, 'closed'],
        ['purse', 'cost', 500, 0, 'tokens', 3_600_000, 1_790_000_000_000, 'closed'],
      ],
    );
    assert.deepEqual(metering?.prices, [
      { name: 'price', unit: 'tokens', estimate: 40, reply: { kind: 'result', pointer: '/usage/total_tokens' } },
      { name: 'fee', unit: 'units', estimate: 1, reply: { kind: 'meta', member: 'example.com/cost' } },
    ]);
  });

  test('has a budget for each of what it counts by', () => {
    const keyOf = (more: object): unknown => {
      const decision = asked(more);
      return decision.kind === 'allowed' && decision.metering?.counts.find(({ name }) => name === 'purse')?.key;
    };
    const keys = [{ txn: 't' }, { txn: 'u' }, { token: new Map([['jti', 'k']]) }, { tenant: 'acme' }].map(keyOf);
    assert.equal(new Set(keys).size, 4);
    assert.equal(keyOf({ txn: 't' }), keyOf({ txn: 't', nowMs: 5 }));
  });

  test('counts no housekeeping', () => {
    const decision = asked({ housekeeping: true });
    assert.equal(decision.kind === 'allowed' && decision.metering, undefined);
  });
});
