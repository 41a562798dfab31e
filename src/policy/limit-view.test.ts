import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { PolicyInput } from './policy-set.ts';
import { inputOf, policiesOf } from './policies.fixture.ts';

const BYS = ['tenant', 'principal', 'agent', 'tool', 'server', 'upstream', 'lineage'];
const RULES = `
- { id: all, match: { tool: "*" }, effect: allow }
${[...BYS, BYS.join(', ')].map((by, index) => `- { id: r${index}, match: { tool: "*" }, effect: limit, limit: { per_day: 9, cost: 2, by: [${by}] } }`).join('\n')}
`;
const policies = policiesOf(RULES);
const PRINCIPAL = '["https://idp.example","alice",null,"mail",null]';

function callOf(changed: Partial<PolicyInput>): PolicyInput {
  const principal = new Map([
    ['id', PRINCIPAL],
    ['issuer', 'https://idp.example'],
    ['actor', 'mail'],
  ]);
  return { ...inputOf(), principal, token: new Map([['jti', 'token-1']]), ...changed };
}

suite('CompiledPolicies.limits()', () => {
  test('are those of the rules that count', () => {
    const [first] = policies.limits();
    assert.deepEqual([first?.rule, first?.by, first?.cost], ['r0', ['tenant'], 2]);
    assert.deepEqual(first?.tiers, [{ periodMs: 86_400_000, refill: 9, burst: 9 }]);
    assert.equal(policies.limits().length, BYS.length + 1);
  });

  test('name the buckets that a call with these parts takes from', () => {
    const parts = { principal: PRINCIPAL, agent: 'mail', server: 'files', tool: 'read_file' };
    for (const [call, more] of [
      [callOf({}), { issuer: 'https://idp.example', jti: 'token-1' }],
      [callOf({ tenant: 'acme', txn: 'txn-1' }), { issuer: 'https://idp.example', tenant: 'acme', txn: 'txn-1' }],
    ] as const) {
      const decision = policies.decide(call);
      assert.equal(decision.kind, 'allowed');
      const taken = 'limits' in decision ? decision.limits : [];
      for (const view of policies.limits()) {
        const asked = taken.find(({ name }) => name === view.rule);
        const spec = view.specFor({ ...parts, ...more });
        assert.partialDeepStrictEqual(spec, { key: asked?.key, tenant: asked?.tenant, name: view.rule }, view.rule);
      }
    }
  });

  test('say what is missing', () => {
    assert.deepEqual(
      policies.limits().map((view) => view.specFor({})),
      [
        ['tenant'],
        ['tenant', 'principal'],
        ['tenant', 'agent'],
        ['server', 'tool'],
        ['server'],
        ['server'],
        ['issuer', 'txn'],
        ['tenant', 'agent', 'issuer', 'txn', 'principal', 'server', 'tool'],
      ],
    );
  });

  test('take a caller without a token for one of no tenant', () => {
    const spec = policies.limits()[1]?.specFor({ principal: 'anonymous' });
    assert.partialDeepStrictEqual(spec, { tenant: '' });
  });
});
