import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { call, facts } from '../../decision/facts.fixture.ts';
import { limitOf } from '../../policy/limit-spec.fixture.ts';
import type { PolicyDecision, PolicyInput, PolicySet } from '../../policy/policy-set.ts';
import type { AuthenticatedIdentity, CheckedTarget } from '../facts.ts';
import { applyPolicy, policyInputOf } from './check.ts';

const identity: AuthenticatedIdentity = {
  kind: 'token',
  principal: '["iss","alice",null,null,null]',
  issuer: 'iss',
  subject: 'alice',
  clientId: 'app',
  transaction: 't1',
  claims: new Map([['iss', 'iss']]),
  capability: undefined,
};
const target: CheckedTarget = { kind: 'tool', name: 'read_file' };
const base = { rules: ['a'], shadow: [], readArguments: new Map() };
const ruling = { ...base, policyDigest: 'p', catalogueDigest: 'c', limits: [] };

function setThat(decision: PolicyDecision, asked: PolicyInput[] = []): PolicySet {
  return {
    digest: 'p',
    warnings: [],
    decide: (input) => {
      asked.push(input);
      return decision;
    },
    reach: () => assert.fail('asked'),
    priorities: () => assert.fail('asked'),
  };
}

function apply(decision: PolicyDecision) {
  return applyPolicy(call, identity, target, { policies: () => setThat(decision), catalogue: () => ({ digest: 'c' }) });
}

suite('applyPolicy()', () => {
  test('finds the ruling, with both digests and the limits to take', () => {
    const limit = limitOf('k');
    assert.deepEqual(apply({ kind: 'allowed', ...base, limits: [limit] }), {
      kind: 'found',
      value: { ...base, policyDigest: 'p', catalogueDigest: 'c', limits: ['l'], limitSpecs: [limit] },
    });
  });

  test('tells the agent rule, argument and what is allowed, and the record what the rules said', () => {
    const refusal = { rule: 'r', argument: '/limit', allowed: 'at most 9', message: 'no' };
    const shadow = [{ rule: 's', would: 'allow' }] as const;
    assert.deepEqual(apply({ kind: 'denied', reason: 'policy.arguments', ...refusal, ...base, shadow }), {
      kind: 'deny',
      stage: 'policy',
      reason: 'policy.arguments',
      detail: refusal,
      ruling: { ...ruling, shadow },
    });
  });

  test('is a fault when a rule cannot be evaluated, which only the operator is told of', () => {
    assert.deepEqual(apply({ kind: 'error', rule: 'r', message: 'division by zero', ...base }), {
      kind: 'fault',
      stage: 'policy',
      reason: 'policy.error',
      detail: {},
      operatorDetail: 'rule r: division by zero',
      ruling,
    });
  });
});

suite('policyInputOf()', () => {
  test('shows rules who calls, and leaves out what is not known', () => {
    const input = policyInputOf(call, identity, target);
    assert.deepEqual(
      [...input.principal],
      [
        ['id', '["iss","alice",null,null,null]'],
        ['kind', 'token'],
        ['issuer', 'iss'],
        ['subject', 'alice'],
        ['client_id', 'app'],
      ],
    );
    assert.deepEqual([input.txn, input.tls.size, input.effects], ['t1', 0, []]);
  });

  test('names HTTP operations by their operation', () => {
    const stream = { ...call, method: '', operation: 'http/get-stream', treatment: 'stream' } as const;
    const { method, housekeeping } = policyInputOf(stream, identity, { kind: 'not-a-tool' });
    assert.deepEqual([method, housekeeping], ['http/get-stream', true]);
    assert.equal(policyInputOf(facts.call, identity, target).housekeeping, false);
  });
});
