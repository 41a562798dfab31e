import assert from 'node:assert/strict';
import fc from 'fast-check';
import { countOf } from '../policy/count-spec.fixture.ts';
import type { CountSpec, CountStore } from '../stages/limit/count-store.ts';
import { CountOracle } from './count-oracle.fixture.ts';
import { BEGINNING_MS } from './limit-laws.fixture.ts';

/** One thing asked of a store, after the clock has moved. */
export interface CountOperation {
  readonly act: 'reserve' | 'settle' | 'withdraw' | 'vacate' | 'renew' | 'look' | 'grant' | 'reset';
  readonly counts: readonly CountSpec[];
  /** Which of the reservations so far is meant, by what of them: also one that was settled or refused. */
  readonly which: number;
  readonly amount: number;
  readonly heldMs: number;
  readonly stepMs: number;
}

const HELD_MS = 1000;

const amount = fc.oneof(fc.nat({ max: 5 }), fc.constantFrom(0, 1, 2 ** 40));

const count = fc
  .record({
    kind: fc.constantFrom('concurrent', 'calls', 'cost'),
    key: fc.constantFrom('a', 'b', 'c'),
    tenant: fc.constant('t'),
    most: fc.integer({ min: 1, max: 12 }),
    amount,
    of: fc.constantFrom('rule', 'token'),
    lastsMs: fc.constantFrom(500, 5000, 50_000),
  } as const)
  .map(({ key, ...rest }) => countOf(key, { ...rest, ...(rest.kind === 'concurrent' ? { amount: 1 } : {}) }));

export const countOperation: fc.Arbitrary<CountOperation> = fc.record({
  act: fc.constantFrom(
    'reserve',
    'reserve',
    'reserve',
    'reserve',
    'settle',
    'settle',
    'withdraw',
    'vacate',
    'renew',
    'look',
    'grant',
    'reset',
  ),
  counts: fc.uniqueArray(count, { minLength: 1, maxLength: 4, selector: ({ kind, key }) => `${kind} ${key}` }),
  which: fc.nat({ max: 1000 }),
  amount,
  heldMs: fc.constantFrom(HELD_MS, 10 * HELD_MS),
  // Time goes on between any two: a budget that began anew in the same instant is not told from the one before.
  stepMs: fc.oneof(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 1, max: 6000 })),
});

/** A store whose clock is moved from outside, and what it has stored, as text. */
export interface CountsUnderTest {
  readonly store: CountStore;
  moveTo(nowMs: number): void;
  contents(): string | Promise<string>;
}

/** How often what happened. */
export interface CountsSeen {
  operations: number;
  refused: number;
  settled: number;
}

/**
 * The store answers as the oracle does, in which every budget is the sum of what its calls came to, each once; a refusal changes
 * nothing that is stored. Words about reservations come twice, late, or never.
 */
export async function obeysTheCountOracle(
  { store, moveTo, contents }: CountsUnderTest,
  operations: readonly CountOperation[],
  seen: CountsSeen,
): Promise<void> {
  let nowMs = BEGINNING_MS;
  const oracle = new CountOracle(() => nowMs);
  const reserved: (readonly [decisionId: string, counts: readonly CountSpec[]])[] = [];
  for (const [index, { act, counts, which, amount: some, heldMs, stepMs }] of operations.entries()) {
    nowMs += stepMs;
    moveTo(nowMs);
    seen.operations += 1;
    const [id, held] = reserved[which % Math.max(1, reserved.length)] ?? ['nobody', counts];
    const scope = { kind: which % 2 === 0 ? 'calls' : 'cost', key: counts[0]?.key ?? 'a', tenant: 't' } as const;
    const settled = held.map((one) => ({ ...one, actual: act === 'withdraw' ? 0 : some }));
    switch (act) {
      case 'reserve': {
        const before = await contents();
        const asked = { decisionId: `d${index}`, limits: [], counts, heldMs };
        const answer = await store.reserve(asked);
        assert.deepEqual(answer, oracle.reserve(asked));
        if (answer.kind === 'taken') {
          reserved.push([asked.decisionId, counts]);
          break;
        }
        seen.refused += 1;
        assert.equal(await contents(), before);
        break;
      }
      case 'settle':
      case 'withdraw':
        seen.settled += 1;
        await store.settle(id, settled);
        oracle.settle(id, settled);
        break;
      case 'vacate':
        await store.vacate(id, held);
        oracle.vacate(id, held);
        break;
      case 'renew':
        await store.renew(id, held, heldMs);
        oracle.renew(id, held, heldMs);
        break;
      case 'look':
        assert.deepEqual(await store.look(scope), oracle.look(scope));
        break;
      case 'grant':
        assert.equal(await store.grant(scope, some), oracle.grant(scope, some));
        break;
      case 'reset':
        assert.equal(await store.reset(scope), oracle.reset(scope));
        break;
    }
  }
}
