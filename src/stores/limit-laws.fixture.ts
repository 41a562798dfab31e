import assert from 'node:assert/strict';
import fc from 'fast-check';
import { limitOf } from '../policy/limit-spec.fixture.ts';
import type { LimitSpec, LimitStore } from '../stages/limit/limit-store.ts';
import { LimitOracle } from './limit-oracle.fixture.ts';

/** One thing asked of a store, after the clock has moved. */
export interface LimitOperation {
  readonly act: 'take' | 'peek' | 'force' | 'refund';
  readonly limits: readonly LimitSpec[];
  /** Milliseconds, also 0 (a frozen clock) and backwards. */
  readonly stepMs: number;
}

const SECOND = 1000;
const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 86_400_000;

/** The scopes that operations are about. Their periods stay; burst, refill and cost are new each time, as after a reload. */
const PERIODS = new Map([
  ['a', [SECOND]],
  ['b', [SECOND, MINUTE]],
  ['c', [MINUTE, HOUR, DAY]],
  ['d', [SECOND, MINUTE, HOUR, DAY]],
]);

const tokens = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 20 }) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 1_000_000 }) },
);

const limit = fc.constantFrom(...PERIODS.entries()).chain(([key, periods]) =>
  fc
    .record({
      cost: fc.oneof({ weight: 8, arbitrary: fc.integer({ min: 1, max: 6 }) }, { weight: 1, arbitrary: tokens }),
      shapes: fc.tuple(...periods.map(() => fc.record({ burst: tokens, refill: tokens }))),
    })
    .map(({ cost, shapes }) => {
      const tiers = periods.map((periodMs, index) => ({ burst: 1, refill: 1, ...shapes[index], periodMs }));
      return limitOf(key, { tiers, cost });
    }),
);

const stepMs = fc.oneof(
  { weight: 6, arbitrary: fc.nat({ max: 400 }) },
  { weight: 3, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.integer({ min: -5000, max: -1 }) },
  { weight: 1, arbitrary: fc.nat({ max: 2 * DAY }) },
);

export const limitOperation: fc.Arbitrary<LimitOperation> = fc.record({
  act: fc.constantFrom('take', 'take', 'take', 'take', 'peek', 'force', 'refund'),
  limits: fc.uniqueArray(limit, { minLength: 1, maxLength: 3, selector: ({ key }) => key }),
  stepMs,
});

/** A store whose clock is moved from outside, and what it has stored, as text. */
export interface StoreUnderTest {
  readonly store: LimitStore;
  moveTo(nowMs: number): void;
  contents(): string | Promise<string>;
}

/** How often what happened. */
export interface Seen {
  operations: number;
  refused: number;
  waits: number;
}

/** Where clocks begin: far enough from 0 to be stepped back. */
export const BEGINNING_MS = 1_800_000_000_000;

/**
 * The store answers as the oracle does; a refusal and a look change nothing that is stored; and what was refused passes after
 * exactly the time it was told to wait, and not a millisecond earlier.
 */
export async function obeysTheOracle(
  { store, moveTo, contents }: StoreUnderTest,
  operations: readonly LimitOperation[],
  seen: Seen,
): Promise<void> {
  let nowMs = BEGINNING_MS;
  const oracle = new LimitOracle(() => nowMs);
  const at = async (atMs: number, limits: readonly LimitSpec[]): Promise<string> => {
    moveTo(atMs);
    return (await store.peek(limits)).kind;
  };
  for (const { act, limits, stepMs: step } of operations) {
    nowMs += step;
    moveTo(nowMs);
    const before = await contents();
    const answer = await store[act](limits);
    assert.deepEqual(answer, oracle[act](limits));
    seen.operations += 1;
    const isShort = answer?.kind === 'short';
    if (isShort || act === 'peek') assert.equal(await contents(), before);
    if (isShort) seen.refused += 1;
    if (!isShort || !Number.isFinite(answer.retryAfterMs)) continue;
    seen.waits += 1;
    assert.equal(await at(nowMs + answer.retryAfterMs, limits), 'taken');
    assert.equal(await at(nowMs + answer.retryAfterMs - 1, limits), 'short');
    moveTo(nowMs);
  }
}
