import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { BreakerSettings } from '../../catalogue/breaker-settings.ts';
import type { Call } from '../../call/call.ts';
import { call, facts } from '../../decision/facts.fixture.ts';
import type { Outcome, Recorder } from '../../decision/record.ts';
import { deny, type Found } from '../../decision/verdict.ts';
import { Breakers } from './breakers.ts';
import { Bulkheads } from './bulkheads.ts';
import { availabilityCheck, type Shedder } from './check.ts';
import { furtherAttempts } from './further-attempts.ts';
import { settleBreakers } from './settle-breakers.ts';

const SETTINGS: BreakerSettings = {
  window: { kind: 'count', calls: 2 },
  minimumCalls: 2,
  failureRate: 50,
  slowRate: 100,
  slowCallMs: 1000,
  waitMs: 1500,
  maxWaitMs: 1500,
  halfOpenCalls: 1,
  maxHalfOpenMs: 1000,
  probeTimeoutMs: 1000,
  initially: 'closed',
};
const never = new AbortController().signal;
const identity = { ...facts.identity, claims: undefined, capability: undefined };
const ruling = { ...facts.ruling, limitSpecs: [] };
const target = { ...facts.target, kind: 'tool', name: 'pay' } as const;

interface Bench {
  readonly breakers: Breakers;
  readonly recorder: Recorder;
  check(decisionId: string, changed?: Partial<Call>): Promise<Found<unknown>>;
  /** Lets a later check refuse, or the allow go undelivered. */
  undo(): Promise<void>;
  /** The call that was checked as the `at`-th is over. */
  over(at: number): Promise<void>;
  inProgress(): number | undefined;
  states(): readonly string[];
}

function bench(settings: BreakerSettings | undefined = SETTINGS, ruled: Shedder['ruled'] = () => undefined): Bench {
  const breakers = new Breakers({ clock: { monotonicMs: () => 0 }, onEvent: () => {} });
  breakers.enforce([[call.server, { settings, tools: new Set(['pay']) }]]);
  const undone = new AsyncDisposableStack();
  const bulkheads = new Bulkheads();
  bulkheads.enforce([[call.server, { calls: 9, connections: 9, callsPerTool: 3, keptPerTenant: 0, bytes: 1000 }]]);
  const held: AsyncDisposableStack[] = [];
  const silent: Recorder = { intent: async () => {}, refusal() {}, passthrough: async () => {}, outcome() {} };
  return {
    breakers,
    recorder: settleBreakers(silent, breakers),
    check: async (decisionId, changed = {}) =>
      await availabilityCheck({ breakers, bulkheads, shedder: { ruled } })(
        { ...call, kind: 'request', decisionId, ...changed },
        identity,
        target,
        ruling,
        held.at(held.push(new AsyncDisposableStack()) - 1) ?? undone,
        undone,
        never,
      ),
    undo: () => undone.disposeAsync(),
    over: async (at) => await held[at]?.disposeAsync(),
    inProgress: () => [...bulkheads.list()][0]?.[1],
    states: () => [...breakers.list()].map(([, { state, tally }]) => `${state} ${tally.failed}/${tally.calls}`),
  };
}

const failed = (decisionId: string): Outcome => ({ decisionId, kind: 'upstream-failed', durationMs: 1, replyBytes: 0 });

suite('availabilityCheck()', () => {
  test('refuses once most calls failed, and says when to come back', async () => {
    const { check, recorder } = bench();
    for (const id of ['a', 'b']) {
      assert.equal((await check(id)).kind, 'found');
      recorder.outcome(failed(id));
    }
    assert.deepEqual(await check('c'), {
      kind: 'deny',
      stage: 'availability',
      reason: 'breaker.open',
      detail: { retryAfterMs: 1501, message: 'The tool fails or is slow just now. Retry in 2 s.' },
      operatorDetail: 'breaker open',
    });
  });

  test('does not say when to come back to what an operator switched off', async () => {
    const { check, breakers } = bench();
    await check('a');
    for (const [, breaker] of breakers.list()) breaker.set('forced_open', 'maintenance');
    const answer = await check('b');
    assert.deepEqual(answer.kind === 'deny' && answer.detail, {
      message: 'The tool was switched off by its operator.',
    });
  });

  test('counts nothing of a call that a later check refused, and nothing twice', async () => {
    const { check, undo, recorder, states } = bench();
    await check('a');
    await undo();
    recorder.outcome(failed('a'));
    assert.deepEqual(states(), ['closed 0/0']);
    recorder.outcome(failed('unknown'));
    assert.deepEqual(states(), ['closed 0/0']);
  });

  test('asks nothing for what has no reply of its own, and where there are no breakers', async () => {
    const one = bench();
    await one.check('a', { kind: 'notification' });
    await one.check('b', { treatment: 'stream' });
    assert.deepEqual(one.states(), []);
    const none = bench();
    none.breakers.enforce([[call.server, { settings: undefined, tools: new Set(['pay']) }]]);
    assert.equal((await none.check('a')).kind, 'found');
    assert.deepEqual(none.states(), []);
  });

  test('keeps a breaker over a reload that changes neither its settings nor its tool', async () => {
    const { check, recorder, breakers, states } = bench();
    await check('a');
    recorder.outcome(failed('a'));
    breakers.enforce([[call.server, { settings: { ...SETTINGS }, tools: new Set(['pay']) }]]);
    assert.deepEqual(states(), ['closed 1/1']);
    breakers.enforce([[call.server, { settings: { ...SETTINGS, failureRate: 90 }, tools: new Set(['pay']) }]]);
    assert.deepEqual(states(), []);
    await check('b');
    breakers.enforce([[call.server, { settings: { ...SETTINGS, failureRate: 90 }, tools: new Set() }]]);
    assert.deepEqual(states(), []);
  });

  test('holds a place until the call is over, and refuses without a permit when there is none', async () => {
    const { check, over, undo, inProgress, breakers } = bench();
    await check('a');
    await check('b');
    await check('c');
    assert.deepEqual(await check('d'), {
      kind: 'deny',
      stage: 'availability',
      reason: 'bulkhead.full',
      detail: {
        retryAfterMs: 1000,
        message: 'The tool has as much in progress as it may have. Retry in 1 s.',
      },
      operatorDetail: 'bulkhead tool',
    });
    await over(0);
    await over(0);
    assert.equal(inProgress(), 2);
    assert.equal((await check('e')).kind, 'found');
    await undo();
    assert.equal(inProgress(), 3);
    assert.deepEqual(
      [...breakers.list()].map(([, { tally }]) => tally.calls),
      [0],
    );
  });

  test('takes no place for what has no reply of its own', async () => {
    const { check, inProgress } = bench();
    await check('a', { kind: 'notification' });
    await check('b', { treatment: 'stream' });
    assert.equal(inProgress(), 0);
  });

  test('asks whether a call of its class is taken now, and takes nothing when it is not', async () => {
    const classes: string[] = [];
    const { check, inProgress, states } = bench(SETTINGS, (_call, priority) => {
      classes.push(priority);
      return deny('admit', 'overload.shed', { retryAfterMs: 2000 });
    });
    assert.partialDeepStrictEqual(await check('a'), { kind: 'deny', reason: 'overload.shed' });
    assert.deepEqual([classes, inProgress(), states()], [['interactive'], 0, []]);
  });
});

suite('furtherAttempts()', () => {
  const AFTER = { wasSent: true, isWanted: () => true, server: call.server };
  const deaf = { attempted() {} };
  const again = (decisionId: string) => ({ call: { ...call, kind: 'request', decisionId } as const, target });

  test('counts each attempt of a call once, and needs leave for each', async () => {
    const { check, breakers, recorder, states } = bench();
    const attempts = furtherAttempts(breakers, deaf);
    await check('a');
    attempts.failed(failed('a'));
    assert.deepEqual(states(), ['closed 1/1']);
    assert.equal(attempts.mayTry(again('a'), AFTER), true);
    attempts.failed(failed('a'));
    assert.deepEqual(states(), ['open 2/2']);
    assert.equal(attempts.mayTry(again('a'), AFTER), false);
    recorder.outcome(failed('a'));
    assert.deepEqual(states(), ['open 2/2']);
  });

  test('asks the breaker of the server that the call goes to', async () => {
    const { check, breakers, states } = bench();
    breakers.enforce(['files', 'second'].map((name) => [name, { settings: SETTINGS, tools: new Set(['pay']) }]));
    await check('a');
    const attempts = furtherAttempts(breakers, deaf);
    attempts.failed(failed('a'));
    assert.equal(attempts.mayTry(again('a'), { ...AFTER, server: 'second' }), true);
    breakers.settle('a', { kind: 'success' });
    assert.deepEqual(states(), ['closed 1/1', 'closed 0/1']);
    breakers.set({ server: 'second', tool: 'pay' }, 'forced_open', 'maintenance');
    assert.equal(attempts.mayTry(again('a'), { ...AFTER, server: 'second' }), false);
  });

  test('asks nothing for what needs no leave', () => {
    const { breakers, states } = bench();
    const notification = { call: { ...call, kind: 'notification' } as const, target };
    assert.equal(furtherAttempts(breakers, deaf).mayTry(notification, AFTER), true);
    assert.deepEqual(states(), []);
  });
});
