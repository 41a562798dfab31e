import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { evaluate } from './evaluate.ts';
import { call, facts, findingStages } from './facts.fixture.ts';
import { isAllow } from './record.ts';
import type { PureStages } from './stages.ts';
import { deny } from './verdict.ts';

const never = new AbortController().signal;
const PURE = ['authenticate', 'checkGrant', 'checkTarget', 'applyPolicy'] as const satisfies (keyof PureStages)[];

suite('evaluate()', () => {
  test('answers WouldAllow, which is not permission', async () => {
    const answer = await evaluate(call, findingStages, never);
    assert.deepEqual(answer.kind === 'would-allow' && answer.facts.ruling, facts.ruling);
    assert.equal(isAllow(answer), false);
  });

  for (const stage of PURE) {
    test(`stops where ${stage} denies`, async () => {
      const denial = deny('policy', 'policy.denied');
      assert.equal(await evaluate(call, { ...findingStages, [stage]: () => denial }, never), denial);
    });

    test(`answers a Fault when ${stage} throws`, async () => {
      const stages = { ...findingStages, [stage]: () => Promise.reject(new Error('injected')) };
      assert.equal((await evaluate(call, stages, never)).kind, 'fault');
    });
  }

  test('answers a Fault when it was aborted', async () => {
    assert.equal((await evaluate(call, findingStages, AbortSignal.abort())).kind, 'fault');
  });
});
