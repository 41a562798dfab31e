import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { EMPTY_OBJECT } from '../../kit/json.ts';
import { limitOf } from '../../policy/limit-spec.fixture.ts';
import type { PolicyDecision, PolicyInput, PolicySet } from '../../policy/policy-set.ts';
import { decideAll } from './decide-all.ts';

const input: PolicyInput = {
  server: 'files',
  method: 'subscriptions/listen',
  target: { kind: 'none' },
  effects: [],
  args: EMPTY_OBJECT,
  params: EMPTY_OBJECT,
  token: undefined,
  principal: EMPTY_OBJECT,
  tls: EMPTY_OBJECT,
  nowMs: 0,
  annotations: EMPTY_OBJECT,
  housekeeping: true,
};
const limit = limitOf('k');
const none = { shadow: [], readArguments: new Map() };

/** Rules that allow what `denied` does not name, and what they were asked. */
function rules(denied?: string): { readonly policies: PolicySet; readonly asked: PolicyInput[] } {
  const asked: PolicyInput[] = [];
  const decide = (one: PolicyInput): PolicyDecision => {
    asked.push(one);
    const uri = one.target.kind === 'resource' ? one.target.uri : 'listen';
    if (uri === denied) return { kind: 'denied', reason: 'policy.denied', rule: uri, rules: [uri], ...none };
    return { kind: 'allowed', rules: ['all', uri], limits: [limit], ...none };
  };
  const notAsked = (): never => assert.fail('asked');
  return { asked, policies: { digest: '', warnings: [], decide, reach: notAsked, priorities: notAsked } };
}

suite('decideAll()', () => {
  test('asks for the call alone where nothing is subscribed to', () => {
    const { policies, asked } = rules();
    assert.equal(decideAll(policies, input, []).kind, 'allowed');
    assert.deepEqual(asked, [input]);
  });

  test('asks for each resource as for its subscription, which needs an allow rule, and takes each limit once', () => {
    const { policies, asked } = rules();
    const decision = decideAll(policies, input, ['a:1', 'b:2']);
    assert.deepEqual(
      asked.map(({ method, target, housekeeping }) => [method, target, housekeeping]),
      [
        ['subscriptions/listen', { kind: 'none' }, true],
        ['resources/subscribe', { kind: 'resource', uri: 'a:1' }, false],
        ['resources/subscribe', { kind: 'resource', uri: 'b:2' }, false],
      ],
    );
    const together = { kind: 'allowed', rules: ['all', 'listen', 'a:1', 'b:2'], limits: [limit], ...none };
    assert.deepEqual(decision, together);
  });

  test('refuses with the first that is refused', () => {
    for (const denied of ['listen', 'a:1', 'b:2']) {
      const decision = decideAll(rules(denied).policies, input, ['a:1', 'b:2']);
      assert.equal(decision.kind === 'denied' && decision.rule, denied);
    }
  });
});
