import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { AdaptiveSettings } from '../../catalogue/adaptive-settings.ts';
import { facts, listeningRecorder } from '../../decision/facts.fixture.ts';
import type { Outcome } from '../../decision/record.ts';
import { limitOf } from '../../policy/limit-spec.fixture.ts';
import { AdaptiveFactors } from './adaptive-factors.ts';
import { AdaptiveLimits } from './adaptive-limits.ts';
import { hearOutcomes } from './hear-outcomes.ts';
import type { LimitSpec, LimitStore } from './limit-store.ts';

const SETTINGS: AdaptiveSettings = {
  minimum: 0.1,
  intervalMs: 1000,
  step: 0.05,
  slowCallMs: 100,
  slowRate: 50,
  minimumCalls: 4,
};
const tiers = [
  { burst: 10, refill: 10, periodMs: 1000 },
  { burst: 1, refill: 1, periodMs: 60_000 },
];
const adaptive = limitOf('k', { tiers, adaptsTo: 'files' });
const fixed = limitOf('f', { tiers });

function bench() {
  const asked: LimitSpec[][] = [];
  const take = (limits: readonly LimitSpec[]) => {
    asked.push([...limits]);
    return { kind: 'taken', remaining: limits.map(() => 1) } as const;
  };
  const store: LimitStore = { take, peek: take, force: take, refund: (limits) => void take(limits) };
  const state = { nowMs: 0, isLate: false };
  const factors = new AdaptiveFactors({ clock: { monotonicMs: () => state.nowMs }, isLate: () => state.isLate });
  factors.enforce([['files', SETTINGS]]);
  const limits = new AdaptiveLimits(store, factors);
  const recorder = hearOutcomes(listeningRecorder(), factors);
  /** One call that is let through and ends so. */
  const call = async (outcome: Partial<Outcome>): Promise<void> => {
    await limits.take([adaptive]);
    await recorder.intent(facts);
    const { decisionId } = facts.call;
    recorder.outcome({ decisionId, kind: 'answered', httpStatus: 200, durationMs: 1, replyBytes: 0, ...outcome });
  };
  const refills = (at = -1): readonly number[] => asked.at(at)?.[0]?.tiers.map(({ refill }) => refill) ?? [];
  return { asked, state, factors, limits, call, refills };
}

suite('AdaptiveLimits', () => {
  test('asks at the rate that is written while all is well', async () => {
    const { call, limits, asked } = bench();
    await call({});
    await limits.take([adaptive]);
    assert.equal(asked.at(-1)?.[0], adaptive);
  });

  test('halves the rate when the server asks for less, to whole tokens and never to none, and leaves the burst', async () => {
    const { call, limits, asked, refills } = bench();
    await call({ httpStatus: 429 });
    await limits.take([adaptive, fixed]);
    assert.deepEqual(refills(), [5, 1]);
    assert.equal(asked.at(-1)?.[0]?.tiers[0]?.burst, 10);
    assert.equal(asked.at(-1)?.[1], fixed);
  });

  test('gives back, looks and forces at the same rate, and hands out the same tiers as long as it stays', async () => {
    const { call, limits, asked } = bench();
    await call({ httpStatus: 503 });
    await limits.take([adaptive]);
    await limits.refund([adaptive]);
    await limits.peek([adaptive]);
    await limits.force([adaptive]);
    const [first, ...others] = asked.slice(-4).map((one) => one[0]?.tiers);
    assert.ok(others.every((one) => one === first));
  });

  test('recovers step by step', async () => {
    const { call, limits, state, refills } = bench();
    await call({ httpStatus: 429 });
    state.nowMs = 4000;
    await limits.take([adaptive]);
    assert.deepEqual(refills(), [7, 1]);
    state.nowMs = 20_000;
    await limits.take([adaptive]);
    assert.deepEqual(refills(), [10, 1]);
  });

  test('takes on less when most calls are slow, or this process is late', async () => {
    const slow = bench();
    for (let count = 0; count < 4; count += 1) await slow.call({ durationMs: 101 });
    assert.deepEqual([...slow.factors.list()], [['files', 0.5]]);
    const late = bench();
    late.state.isLate = true;
    await late.limits.take([adaptive]);
    assert.deepEqual(late.refills(), [5, 1]);
  });

  test('keeps the factor of a server over a reload that leaves its settings alone', async () => {
    const { call, factors } = bench();
    await call({ httpStatus: 429 });
    factors.enforce([['files', { ...SETTINGS }]]);
    assert.deepEqual([...factors.list()], [['files', 0.5]]);
    factors.enforce([['files', { ...SETTINGS, minimum: 0.2 }]]);
    assert.deepEqual([...factors.list()], []);
  });

  test('hears nothing of servers without an adaptive limit', async () => {
    const { factors } = bench();
    factors.began('d', 'files');
    factors.ended({ decisionId: 'd', kind: 'answered', httpStatus: 429, durationMs: 1, replyBytes: 0 });
    assert.deepEqual([...factors.list()], []);
  });
});

suite('AdaptiveFactors with calls that are made more than once', () => {
  const { decisionId } = facts.call;
  const told = (outcome: Partial<Outcome>): Outcome => {
    return { decisionId, kind: 'answered', httpStatus: 200, durationMs: 1, replyBytes: 0, ...outcome };
  };
  const factorsOf = () => {
    const factors = new AdaptiveFactors({ clock: { monotonicMs: () => 0 }, isLate: () => false });
    factors.enforce(['files', 'second'].map((name) => [name, SETTINGS]));
    for (const name of ['files', 'second']) factors.scaled(limitOf(name, { tiers, adaptsTo: name }));
    factors.began(decisionId, 'files');
    return factors;
  };

  test('hear that the server asked for less although a further attempt was answered', () => {
    const factors = factorsOf();
    factors.attempted(told({ httpStatus: 503 }));
    factors.ended(told({}));
    assert.deepEqual(
      [...factors.list()],
      [
        ['files', 0.5],
        ['second', 1],
      ],
    );
  });

  test('blame the server that was called in the place of another for what it says itself, and no other', () => {
    const factors = factorsOf();
    const standIn = { rule: 'other', source: 'server', server: 'second' } as const;
    factors.ended(told({ httpStatus: 429, durationMs: 1000, standIn }));
    assert.deepEqual(
      [...factors.list()],
      [
        ['files', 1],
        ['second', 0.5],
      ],
    );
  });
});
