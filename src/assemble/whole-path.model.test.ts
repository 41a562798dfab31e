import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import type { Outcome } from '../decision/record.ts';
import type { Handled } from '../decision/handle.ts';
import { isAllow } from '../decision/record.ts';
import { mayRepeat } from '../outcome/retries/may-repeat.ts';
import { type FailedAttempt, retryVerdict } from '../outcome/retries/retry-verdict.ts';
import type { SallyportFacts } from '../stages/facts.ts';
import {
  ADAPTIVE,
  CALLS,
  CONCURRENT,
  COST,
  ESTIMATE,
  FATES,
  MOST,
  newWholePath,
  OWN,
  type Wish,
  type WholePath,
} from './whole-path.fixture.ts';

/*
 * Whatever happens to calls on their way, and whatever operators and reloads do meanwhile: what a refused call took is given
 * back, what an allowed one took is settled once, nothing is held when all are over, what may not be done twice is sent once
 * at most, and nothing goes where an operator has stopped it.
 */

interface Open {
  readonly handled: Handled<SallyportFacts>;
  readonly facts: SallyportFacts;
}

interface Model {
  ids: number;
  readonly open: Open[];
  /** Tokens that calls which were sent took of each limit. */
  readonly taken: Map<string, number>;
  calls: number;
  cost: number;
  readonly stopped: Set<string>;
}

type Command = fc.AsyncCommand<Model, WholePath>;

const LIMITS = [ADAPTIVE, OWN];

function ask(wish: Wish): Command {
  return {
    check: () => true,
    async run(model, path) {
      const decisionId = `d${model.ids++}`;
      const [before, running] = [levels(path), model.open.length];
      const handled = await path.ask(decisionId, wish);
      const { verdict } = handled;
      if (!isAllow(verdict)) {
        assert.deepEqual(levels(path), before, 'a refusal gives everything back');
        return assert.equal(path.admit.inFlight(), running);
      }
      const { facts } = verdict;
      assert.equal(wish.fate, 'well');
      assert.ok(!model.stopped.has('first'), 'what is stopped is refused');
      assert.ok(!model.stopped.has(facts.permit.instead?.server ?? ''), 'and is not called in the place of another');
      model.open.push({ handled, facts });
      assert.ok(model.open.length <= MOST.concurrent);
      assert.ok(model.calls + model.open.length <= MOST.budget);
    },
    toString: () => `ask ${Object.values(wish).join(' ')}`,
  };
}

interface Ending {
  readonly failures: readonly FailedAttempt[];
  readonly kind: Outcome['kind'];
  readonly httpStatus: number;
  readonly cost: number | undefined;
  /** How often each word of it comes. */
  readonly times: number;
}

function end(at: number, ending: Ending): Command {
  return {
    check: ({ open }) => open.length > 0,
    async run(model, path) {
      const [one] = model.open.splice(at % model.open.length, 1);
      assert.ok(one !== undefined);
      using held = new DisposableStack();
      const sent = send(one, ending, path, held, model);
      assert.ok(sent <= 1 || mayRepeat(one.facts), 'what may not be done twice is sent once');
      await tell(one, ending, path);
      settle(model, one, ending);
    },
    toString: () => `end ${at} ${JSON.stringify(ending)}`,
  };
}

/** Sends a call as the proxy does. @returns how often something of it may have arrived. */
function send({ facts }: Open, { failures }: Ending, path: WholePath, held: DisposableStack, model: Model): number {
  const { decisionId } = facts.call;
  const server = facts.permit.instead?.server ?? facts.call.server;
  let sent = 0;
  for (const [index, failed] of failures.entries()) {
    sent += Number(failed.kind !== 'unsent');
    const situation = { failed, repeatable: mayRepeat(facts), made: index + 1, leftMs: 1000 };
    const verdict = retryVerdict(situation, { attempts: 3, baseMs: 1, maxMs: 2 }, 0.5);
    if (verdict.kind === 'stop') break;
    path.further.failed({ decisionId, kind: 'upstream-failed', durationMs: 1, replyBytes: 0 });
    const after = { wasSent: failed.kind !== 'unsent', isWanted: () => true, server };
    if (path.further.mayTry(facts, after) !== true) return sent;
    assert.notEqual(path.breakers.stateOf({ server, tool: facts.target.name }), 'forced_open');
  }
  const elsewhere = failures.length === 0 || facts.permit.instead !== undefined ? undefined : elsewhereOf();
  assert.ok(elsewhere === undefined || !model.stopped.has(elsewhere.server));
  return failures.length === 0 ? 1 : sent;

  function elsewhereOf() {
    path.further.failed({ decisionId, kind: 'upstream-failed', durationMs: 1, replyBytes: 0 });
    return path.others.take('upstream.cut', facts, held);
  }
}

/** Everybody who may tell the outcome does, and gives back what the call held. */
async function tell(
  { handled, facts }: Open,
  { kind, httpStatus, cost, times }: Ending,
  path: WholePath,
): Promise<void> {
  const costs = cost === undefined ? {} : { costs: new Map([['price', cost]]) };
  const { decisionId } = facts.call;
  const outcome: Outcome = { decisionId, kind, httpStatus, durationMs: 1, replyBytes: 0, ...costs };
  for (let time = 0; time < times; time += 1) path.recorder.outcome(outcome);
  if (kind === 'undelivered') await handled.withdraw();
  await handled.release();
  await handled.release();
}

function settle(model: Model, { facts }: Open, { kind, cost = ESTIMATE }: Ending): void {
  if (kind === 'undelivered') return;
  model.calls += 1;
  model.cost += kind === 'unknown' ? ESTIMATE : cost;
  for (const { limit, cost: tokens } of facts.reservation.taken) {
    model.taken.set(limit, (model.taken.get(limit) ?? 0) + tokens);
  }
}

/** What is there of everything that is counted. */
function levels({ buckets, counts, reservations, breakers, bulkheads }: WholePath): readonly unknown[] {
  return [
    buckets.peek(LIMITS.map((limit) => ({ ...limit, cost: 0 }))),
    counts.look(CALLS)?.spent ?? 0,
    counts.look(COST)?.spent ?? 0,
    reservations.size,
    breakers.held,
    [...bulkheads.list()],
  ];
}

function wait(ms: number): Command {
  return {
    check: () => true,
    async run(_model, path) {
      path.clock.atMs += ms;
      await path.reservations.renew();
    },
    toString: () => `wait ${ms}`,
  };
}

function stop(server: string, isStopped: boolean): Command {
  return {
    check: () => true,
    async run({ stopped }, { stops, clock }) {
      if (isStopped) stopped.add(server);
      else stopped.delete(server);
      const kind = 'server';
      stops.replace([...stopped].map((name) => ({ id: name, kind, name, sinceMs: clock.atMs, why: 'test' })));
    },
    toString: () => `${isStopped ? 'stop' : 'lift'} ${server}`,
  };
}

/** Only costs and rates: a burst that is lowered takes tokens away. */
function order(cost: number): Command {
  return {
    check: () => true,
    async run(_model, { orders, clock }) {
      const rates = [{ periodMs: 86_400_000, refill: cost }];
      const times = { sinceMs: clock.atMs, untilMs: clock.atMs + 1500 };
      orders.replace([{ id: `${clock.atMs} ${cost}`, kind: 'limit', name: 'own', rates, cost, ...times, why: 'test' }]);
    },
    toString: () => `limit set own --cost ${cost}`,
  };
}

function setBreaker(server: string, state: 'closed' | 'forced_open'): Command {
  return {
    check: () => true,
    async run(_model, { breakers }) {
      for (const tool of ['read', 'pay']) breakers.set({ server, tool }, state, 'test');
    },
    toString: () => `breaker ${server} ${state}`,
  };
}

const reload: Command = {
  check: () => true,
  run: async (_model, path) => path.enforce(),
  toString: () => 'reload',
};

const failure = fc.constantFrom<FailedAttempt>(
  { kind: 'unsent' },
  { kind: 'broken' },
  { kind: 'timeout' },
  { kind: 'status', status: 503, retryAfter: 'none' },
  { kind: 'status', status: 500, retryAfter: 'none' },
);
const ending = fc.record<Ending>({
  failures: fc.array(failure, { maxLength: 4 }),
  kind: fc.constantFrom('answered', 'upstream-failed', 'cancelled', 'replaced', 'undelivered', 'unknown'),
  httpStatus: fc.constantFrom(200, 429, 500, 503),
  cost: fc.option(fc.integer({ min: 0, max: 60 }), { nil: undefined }),
  times: fc.integer({ min: 1, max: 3 }),
});
const wish = fc.record<Wish>({
  tenant: fc.constantFrom('a', 'b'),
  tool: fc.constantFrom('read', 'pay'),
  priority: fc.constantFrom('interactive', 'batch', 'speculative'),
  fate: fc.oneof({ weight: 3, arbitrary: fc.constant('well' as const) }, fc.constantFrom(...FATES)),
});
const server = fc.constantFrom('first', 'second');
const commands = fc.commands(
  [
    wish.map(ask),
    wish.map(ask),
    wish.map(ask),
    fc.tuple(fc.nat(9), ending).map((one) => end(...one)),
    fc.tuple(fc.nat(9), ending).map((one) => end(...one)),
    fc.constantFrom(50, 700, 2500).map(wait),
    fc.tuple(server, fc.constantFrom(true, false, false)).map((one) => stop(...one)),
    fc.integer({ min: 1, max: 5 }).map(order),
    fc
      .tuple(server, fc.constantFrom('closed' as const, 'closed' as const, 'forced_open' as const))
      .map((one) => setBreaker(...one)),
    fc.constant(reload),
  ],
  { maxCommands: 80, size: 'max' },
);

const ANSWERED: Ending = { failures: [], kind: 'answered', httpStatus: 200, cost: undefined, times: 1 };

/** Nothing is held when all are over, and what is used up is what the calls that were sent came to. */
function expectConserved(model: Model, path: WholePath): void {
  // A call of which nobody knows whether it is over keeps its place of what is concurrent for its time.
  path.clock.atMs += MOST.held;
  const tokens = LIMITS.map(({ name }) => MOST.rate - (model.taken.get(name) ?? 0));
  assert.deepEqual(levels(path), [
    { kind: 'taken', remaining: tokens },
    model.calls,
    model.cost,
    0,
    0,
    [
      ['first', 0, 0],
      ['second', 0, 0],
    ],
  ]);
  const told = new Set(path.outcomes.map(({ decisionId }) => decisionId));
  assert.deepEqual(
    path.intents.filter((decisionId) => !told.has(decisionId)),
    [],
  );
  assert.equal(path.admit.inFlight(), 0);
  const free = Array.from({ length: MOST.concurrent + 1 }, (_, index) =>
    path.counts.reserve({ decisionId: `last ${index}`, limits: [], counts: [CONCURRENT], heldMs: 1 }),
  );
  assert.equal(free.filter(({ kind }) => kind === 'taken').length, MOST.concurrent);
}

suite('a call from its first check to its outcome', () => {
  test('conserves everything it takes, in any order of events', async () => {
    await fc.assert(
      fc.asyncProperty(commands, async (plan) => {
        const path = newWholePath();
        const model: Model = { ids: 0, open: [], taken: new Map(), calls: 0, cost: 0, stopped: new Set() };
        await fc.asyncModelRun(() => ({ model, real: path }), plan);
        while (model.open.length > 0) await end(0, ANSWERED).run(model, path);
        expectConserved(model, path);
      }),
      { numRuns: 300 },
    );
  });
});
