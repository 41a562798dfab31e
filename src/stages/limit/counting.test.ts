import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Call } from '../../call/call.ts';
import { NOTHING } from '../../capability/capability.ts';
import type { TokenBudget, ToolLimits } from '../../capability/token-budget.ts';
import { call, facts } from '../../decision/facts.fixture.ts';
import type { Outcome } from '../../decision/record.ts';
import type { JsonValue } from '../../kit/json.ts';
import { countOf } from '../../policy/count-spec.fixture.ts';
import type { CountSpec, Price } from '../../policy/count-spec.ts';
import { limitOf } from '../../policy/limit-spec.fixture.ts';
import { MemoryCounts } from '../../stores/memory/counts.ts';
import { MemoryTokenBuckets } from '../../stores/memory/token-buckets.ts';
import type { AuthenticatedIdentity, LimitedRuling } from '../facts.ts';
import { limitCheck } from './check.ts';
import { KnownBudgets } from './known-budgets.ts';
import { Reservations } from './reservations.ts';

const never = new AbortController().signal;
const anonymous: AuthenticatedIdentity = { ...facts.identity, claims: undefined, capability: undefined };
const rate = limitOf('rate', { tiers: [{ burst: 9, refill: 1, periodMs: 86_400_000 }] });
const tokens: Price = { name: 'price', unit: 'tokens', estimate: 40, reply: { kind: 'result', pointer: '/n' } };
const budget = { ...countOf('b'), kind: 'calls' } as const;
const purse = { ...countOf('b', { most: 100, unit: 'tokens' }), kind: 'cost' } as const;
const lease = countOf('c', { kind: 'concurrent', most: 1 });

/** The check over stores of its own. */
function newCheck() {
  const clock = { atMs: 0, monotonicMs: () => clock.atMs };
  const buckets = new MemoryTokenBuckets(100, clock);
  const store = new MemoryCounts({ buckets, capacity: 100, clock });
  const reservations = new Reservations({ clock, onError: (cause) => assert.fail(String(cause)) });
  const check = limitCheck(buckets, {
    store,
    reservations,
    known: new KnownBudgets(9),
    isShared: true,
    heldMsOf: () => 1000,
  });
  let ids = 0;
  return {
    clock,
    buckets,
    store,
    reservations,
    /** Asks for one call. @returns its decision id, what was said, and how to give everything back. */
    async ask(asked: LimitedRuling, identity = anonymous, more: Partial<Call> = {}) {
      const decisionId = `d${++ids}`;
      const undo = new AsyncDisposableStack();
      const answer = await check({ ...call, ...more, decisionId }, identity, asked, undo, never);
      const said = answer.kind === 'found' ? 'found' : answer.reason;
      return { decisionId, answer, said, undo };
    },
    tell(decisionId: string, kind: Outcome['kind'], costs?: ReadonlyMap<string, number>): void {
      reservations.settle({
        decisionId,
        kind,
        durationMs: 1,
        replyBytes: 1,
        ...(costs === undefined ? {} : { costs }),
      });
    },
  };
}

function asking(counts: readonly CountSpec[], prices: readonly Price[] = [], limits = [rate]): LimitedRuling {
  return { ...facts.ruling, limitSpecs: limits, metering: { counts, prices } };
}

/** A caller whose token lets so much be used. */
function holder(
  limits: ToolLimits | undefined,
  budgets: readonly TokenBudget[] = [],
  more: Partial<AuthenticatedIdentity> = {},
): AuthenticatedIdentity {
  const grant = { arguments: undefined, ...(limits === undefined ? {} : { limits }) };
  return {
    kind: 'token',
    principal: 'agent',
    issuer: 'https://sts.example',
    tokenId: 'jti-1',
    transaction: 'txn-1',
    expiresAtMs: 300_000,
    claims: new Map<string, JsonValue>([['iat', 0]]),
    capability: { ...NOTHING, tools: new Map([['read_file', grant]]), ...(budgets.length === 0 ? {} : { budgets }) },
    ...more,
  };
}

const PLAIN: LimitedRuling = { ...facts.ruling, limitSpecs: [] };

suite('limitCheck() with budgets', () => {
  test('takes limits, budgets and what is concurrent, and says what is left', async () => {
    const { ask } = newCheck();
    const { answer } = await ask(asking([budget, purse, lease], [tokens]));
    assert.deepEqual(answer.kind === 'found' && answer.value.taken, [
      { limit: 'l', cost: 1, remaining: 8 },
      { limit: 'b calls', cost: 1, remaining: 2 },
      { limit: 'b cost', cost: 40, remaining: 60 },
      { limit: 'b concurrent', cost: 1, remaining: 0 },
    ]);
  });

  test('gives everything back when a later check refuses', async () => {
    const { ask, store, buckets, reservations } = newCheck();
    const { undo } = await ask(asking([budget, purse, lease], [tokens]));
    await undo.disposeAsync();
    assert.deepEqual([store.look(budget)?.spent, store.look(purse)?.spent, reservations.size], [0, 0, 0]);
    assert.deepEqual(buckets.peek([rate]), { kind: 'taken', remaining: [8] });
    assert.equal((await ask(asking([lease]))).said, 'found');
  });

  test('gives back in silence when the store cannot be told', async () => {
    const told: unknown[] = [];
    const reservations = new Reservations({
      clock: { monotonicMs: () => 0 },
      onError: (cause) => told.push(cause),
    });
    const lost = new Error('lost');
    const store = { reserve: () => Promise.reject(lost), settle: () => Promise.reject(lost), vacate() {}, renew() {} };
    reservations.hold('d', { counts: [budget], prices: [], heldMs: 1000, store, more: store });
    await reservations.withdraw('d');
    assert.deepEqual([told, reservations.size], [[lost], 0]);
  });

  test('counts what the reply says the call cost, and what was reserved when it says nothing', async () => {
    const { ask, tell, store } = newCheck();
    const asked = asking([purse], [tokens, { name: 'fee', unit: 'tokens', estimate: 2 }]);
    const first = await ask(asked);
    assert.equal(store.look(purse)?.spent, 42);
    tell(first.decisionId, 'answered', new Map([['price', 7]]));
    tell(first.decisionId, 'answered', new Map([['price', 90]]));
    assert.equal(store.look(purse)?.spent, 9);
    const second = await ask(asked);
    tell(second.decisionId, 'upstream-failed');
    assert.equal(store.look(purse)?.spent, 51);
    // More than was left is owed.
    tell((await ask(asked)).decisionId, 'answered', new Map([['price', 500]]));
    assert.equal(store.look(purse)?.spent, 553);
    assert.equal((await ask(asked)).said, 'budget.exceeded');
  });

  test('gives back what is concurrent when the call is over, whatever came of it', async () => {
    const { ask, tell } = newCheck();
    for (const kind of ['answered', 'upstream-failed', 'cancelled', 'replaced', 'undelivered'] as const) {
      const { decisionId, said } = await ask(asking([lease]));
      const other = await ask(asking([lease]));
      assert.deepEqual([said, other.said], ['found', 'limit.exceeded'], kind);
      tell(decisionId, kind);
    }
  });

  test('gives back what is concurrent once the call no longer runs, and settles the rest when its outcome is told', async () => {
    const { ask, tell, clock, reservations, store } = newCheck();
    const { decisionId } = await ask(asking([purse, lease], [tokens]));
    assert.equal((await ask(asking([lease]))).said, 'limit.exceeded');
    for (let time = 0; time < 2; time += 1) reservations.leave(decisionId);
    const next = await ask(asking([lease]));
    assert.deepEqual([next.said, store.look(purse)?.spent], ['found', 40]);
    // What the first says now is nothing to the second.
    for (; clock.atMs < 2000; clock.atMs += 300) await reservations.renew();
    tell(decisionId, 'answered', new Map([['price', 7]]));
    reservations.leave(decisionId);
    assert.equal((await ask(asking([lease]))).said, 'limit.exceeded');
    assert.equal(store.look(purse)?.spent, 7);
    tell(next.decisionId, 'answered');
    assert.equal(reservations.size, 0);
  });

  test('lets time tell when nobody knows whether the call is over', async () => {
    const { ask, tell, clock } = newCheck();
    tell((await ask(asking([lease]))).decisionId, 'unknown');
    clock.atMs = 999;
    assert.equal((await ask(asking([lease]))).said, 'limit.exceeded');
    clock.atMs = 1000;
    assert.equal((await ask(asking([lease]))).said, 'found');
  });

  test('keeps what a call holds for as long as it runs', async () => {
    const { ask, tell, clock, reservations, store } = newCheck();
    const { decisionId } = await ask(asking([purse, lease], [tokens]));
    for (; clock.atMs < 10_000; clock.atMs += 300) await reservations.renew();
    assert.equal((await ask(asking([lease]))).said, 'limit.exceeded');
    tell(decisionId, 'answered', new Map([['price', 1]]));
    assert.equal(store.look(purse)?.spent, 1);
    assert.equal((await ask(asking([lease]))).said, 'found');
  });

  test('refuses a call whose cost nobody says', async () => {
    const { ask } = newCheck();
    assert.equal((await ask(asking([purse]))).said, 'budget.unpriced');
    assert.equal((await ask(asking([purse], [{ ...tokens, unit: 'USD' }]))).said, 'budget.unpriced');
  });

  test('tells when the budget begins anew', async () => {
    const { ask, clock } = newCheck();
    const asked = asking([{ ...budget, most: 1, message: 'One report an hour.' }]);
    await ask(asked);
    clock.atMs = 600_500;
    const { answer } = await ask(asked);
    assert.deepEqual(answer.kind === 'deny' && answer.detail, {
      rule: 'b',
      retryAfterMs: 2_999_500,
      message: 'One report an hour. The budget of 1 calls is used up. Retry in 3000 s.',
    });
  });
});

suite('limitCheck() with budgets of tokens', () => {
  test('counts what the token says of the tool, and of all its calls', async () => {
    const { ask } = newCheck();
    const other = { target: { kind: 'prompt', name: 'p' }, treatment: 'prompt' } as const;
    const identity = holder({ calls: 2 }, [{ per: 'token', calls: 3 }]);
    const said = async (more: Partial<Call> = {}): Promise<string> => (await ask(PLAIN, identity, more)).said;
    assert.deepEqual([await said(), await said(), await said()], ['found', 'found', 'budget.exceeded']);
    assert.deepEqual([await said(other), await said(other)], ['found', 'budget.exceeded']);
    assert.equal(await said({ treatment: 'list', target: { kind: 'none' } }), 'found');
    // Another token has its own.
    assert.equal((await ask(PLAIN, { ...identity, tokenId: 'jti-2' })).said, 'found');
  });

  test('counts a transaction over its tokens, and no token widens what another one said', async () => {
    const { ask, clock } = newCheck();
    const token = (tokenId: string, calls: number) => holder(undefined, [{ per: 'txn', calls }], { tokenId });
    assert.equal((await ask(PLAIN, token('parent', 2))).said, 'found');
    assert.equal((await ask(PLAIN, token('child', 1000))).said, 'found');
    assert.equal((await ask(PLAIN, token('child', 1000))).said, 'budget.exceeded');
    // Long after the tokens ended.
    clock.atMs += 80_000_000;
    assert.equal((await ask(PLAIN, token('grandchild', 1000))).said, 'budget.exceeded');
    assert.equal((await ask(PLAIN, { ...token('x', 5), transaction: 'other' })).said, 'found');
    assert.equal((await ask(PLAIN, { ...token('x', 5), issuer: 'https://other.example' })).said, 'found');
  });

  test('takes from the token and from what rules say together', async () => {
    const { ask, store } = newCheck();
    const identity = holder({ calls: 1 });
    assert.equal((await ask(asking([budget]), identity)).said, 'found');
    assert.equal((await ask(asking([budget]), identity)).said, 'budget.exceeded');
    assert.equal(store.look(budget)?.spent, 1);
  });

  test('holds a rate and what is concurrent of a token', async () => {
    const { ask, tell, clock } = newCheck();
    const identity = holder({ rate: { tokens: 1, perS: 10, burst: 2 }, concurrent: 1 });
    const first = await ask(PLAIN, identity);
    assert.equal((await ask(PLAIN, identity)).said, 'limit.exceeded');
    tell(first.decisionId, 'answered');
    tell((await ask(PLAIN, identity)).decisionId, 'answered');
    const { answer } = await ask(PLAIN, identity);
    assert.equal(answer.kind === 'deny' && answer.detail.retryAfterMs, 10_000);
    clock.atMs = 10_000;
    assert.equal((await ask(PLAIN, identity)).said, 'found');
  });
});
