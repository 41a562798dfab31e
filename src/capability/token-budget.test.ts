import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { fromPlain, isJsonObject, type JsonObject } from '../kit/json.ts';
import { GrantError } from './grant-error.ts';
import { readCapability } from './read-capability.ts';
import { readToolLimits } from './token-budget.ts';
import { goodDetail, RESOURCE } from './token.fixture.ts';

function object(plain: unknown): JsonObject {
  const value = fromPlain(plain);
  assert.ok(isJsonObject(value));
  return value;
}

function read(limits: unknown): unknown {
  return readToolLimits(fromPlain(limits), '/limits');
}

/** Claims with these members of the detail. */
function budgets(members: Record<string, unknown>, claims: object = { txn: 't' }): unknown {
  return readCapability(object({ ...claims, authorization_details: [goodDetail(members)] }), RESOURCE).budgets;
}

suite('readToolLimits()', () => {
  test('reads calls, rate, cost and concurrent', () => {
    const written = {
      calls: 20,
      rate: { tokens: 5, per_s: 1, burst: 7 },
      cost: { amount: 250_000, unit: 'USD', decimals: 6 },
      concurrent: 2,
    };
    assert.deepEqual(read(written), {
      calls: 20,
      rate: { tokens: 5, perS: 1, burst: 7 },
      cost: { amount: 250_000, unit: 'USD/6' },
      concurrent: 2,
    });
    assert.deepEqual(read({ rate: { tokens: 5, per_s: 60 } }), { rate: { tokens: 5, perS: 60, burst: 5 } });
    assert.deepEqual(read({ cost: { amount: 1, unit: 'tokens', decimals: 0 } }), {
      cost: { amount: 1, unit: 'tokens' },
    });
  });

  const odd: readonly (readonly [limits: unknown, pointer: string])[] = [
    ...[0, -1, 1.5, 2 ** 41, 1e300, '20', null, true, [3], { n: 3 }].map(
      (calls) => [{ calls }, '/limits/calls'] as const,
    ),
    ...[0, -2, 0.5, 2_000_000, '2', null].map((concurrent) => [{ concurrent }, '/limits/concurrent'] as const),
    ...[0, -2, 0.5, 1e16, '2', null].map((amount) => [{ cost: { amount, unit: 'u' } }, '/limits/cost/amount'] as const),
    ...['', 7, 'a/b', 'ü', 'x'.repeat(40), null].map(
      (unit) => [{ cost: { amount: 1, unit } }, '/limits/cost/unit'] as const,
    ),
    ...[-1, 0.5, 13, '6'].map(
      (decimals) => [{ cost: { amount: 1, unit: 'u', decimals } }, '/limits/cost/decimals'] as const,
    ),
    [{ cost: 5 }, '/limits/cost'],
    [{ cost: { amount: 5 } }, '/limits/cost/unit'],
    [{ rate: { tokens: 1 } }, '/limits/rate/per_s'],
    [{ rate: { tokens: 0, per_s: 1 } }, '/limits/rate/tokens'],
    [{ rate: { tokens: 1, per_s: 1, burst: -1 } }, '/limits/rate/burst'],
    [{ rate: { tokens: 1, per_s: 90_000 } }, '/limits/rate/per_s'],
    [{ rate: 5 }, '/limits/rate'],
    [{ call: 5 }, '/limits/call'],
    [{ calls: 5, rate: { tokens: 1, per_s: 1, more: 1 } }, '/limits/rate/more'],
    [{}, '/limits'],
    [[], '/limits'],
    [7, '/limits'],
  ];
  for (const [limits, pointer] of odd) {
    test(`refuses ${JSON.stringify(limits)} and says where`, () => {
      assert.throws(
        () => read(limits),
        (thrown) => thrown instanceof GrantError && thrown.pointer === pointer,
      );
    });
  }

  test('gives whole numbers in their range, or refuses, whatever is written', () => {
    const isCount = (value: number | undefined): boolean =>
      value === undefined || (Number.isSafeInteger(value) && value >= 1 && value <= 2 ** 40);
    fc.assert(
      fc.property(fc.record({ calls: fc.jsonValue(), concurrent: fc.jsonValue() }, { requiredKeys: [] }), (limits) => {
        try {
          const { calls, concurrent } = readToolLimits(fromPlain(limits), '');
          assert.ok(isCount(calls) && isCount(concurrent));
        } catch (cause) {
          assert.ok(cause instanceof GrantError);
        }
      }),
    );
  });
});

suite('readCapability() with budgets', () => {
  test('reads those of the token and of its transaction', () => {
    assert.deepEqual(budgets({ budget: { calls: 5 }, txn_budget: { concurrent: 2 } }), [
      { per: 'token', calls: 5 },
      { per: 'txn', concurrent: 2 },
    ]);
    assert.equal(budgets({}), undefined);
  });

  test('refuses a budget of a transaction in a token without one', () => {
    assert.throws(
      () => budgets({ txn_budget: { calls: 5 } }, {}),
      (thrown) => thrown instanceof GrantError && thrown.pointer === '/authorization_details/0/txn_budget',
    );
  });

  test('refuses a rate for more than one tool, and nothing at all', () => {
    assert.throws(() => budgets({ budget: { rate: { tokens: 1, per_s: 1 } } }), GrantError);
    assert.throws(() => budgets({ budget: {} }), GrantError);
  });

  test('holds budgets of either of two entries for the calls of both', () => {
    const details = [goodDetail({ budget: { calls: 5 } }), goodDetail({ budget: { calls: 3 } })];
    const { budgets: both } = readCapability(object({ authorization_details: details }), RESOURCE);
    assert.deepEqual(both, [
      { per: 'token', calls: 5 },
      { per: 'token', calls: 3 },
    ]);
  });
});
