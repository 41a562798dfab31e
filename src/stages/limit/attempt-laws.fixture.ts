import assert from 'node:assert/strict';
import fc from 'fast-check';
import { call, facts } from '../../decision/facts.fixture.ts';
import type { FurtherAttempts } from '../../decision/further-attempts.ts';
import type { Outcome } from '../../decision/record.ts';
import { countOf } from '../../policy/count-spec.fixture.ts';
import type { Price } from '../../policy/count-spec.ts';
import { countAttempts } from './count-attempts.ts';
import type { CountStore } from './count-store.ts';
import { Reservations } from './reservations.ts';

/** One thing that happens to one of some calls. */
export interface AttemptEvent {
  readonly who: number;
  /** An attempt has failed and another one is wanted, or the call is over. */
  readonly act: 'again' | 'over';
  readonly wasSent: boolean;
  /** What the breaker says. */
  readonly isLet: boolean;
  /** Whether the caller is still there when the budget was asked. */
  readonly isWanted: boolean;
  readonly kind: Exclude<Outcome['kind'], 'unknown'>;
  /** What the reply says of the cost. */
  readonly cost: number | undefined;
}

export const attemptEvent: fc.Arbitrary<AttemptEvent> = fc.record({
  who: fc.nat({ max: 3 }),
  act: fc.constantFrom('again', 'again', 'again', 'over'),
  wasSent: fc.boolean(),
  isLet: fc.oneof(fc.boolean(), fc.constant(true)),
  isWanted: fc.oneof(fc.boolean(), fc.constant(true)),
  kind: fc.constantFrom('answered', 'upstream-failed', 'cancelled', 'undelivered', 'replaced'),
  cost: fc.option(fc.nat({ max: 30 }), { nil: undefined }),
});

const ESTIMATE = 10;
const PRICE: Price = { name: 'price', unit: 'tokens', estimate: ESTIMATE, reply: { kind: 'result', pointer: '/n' } };

/** What each call should have come to so far. */
interface Model {
  readonly id: string;
  isOpen: boolean;
  calls: number;
  cost: number;
}

/**
 * Whatever becomes of the attempts of some calls, and in whatever order: what is spent is what their attempts came to, each once;
 * a further attempt is let through exactly when enough is left; and what is concurrent is held once, until the call is over.
 *
 * @param name Tells this run's budgets from others in the same store.
 */
export async function attemptsAreCounted(
  store: CountStore,
  events: readonly AttemptEvent[],
  name: string,
): Promise<void> {
  const errors: unknown[] = [];
  const reservations = new Reservations({ clock: { monotonicMs: () => 0 }, onError: (cause) => errors.push(cause) });
  const budget = { ...countOf(name, { most: 9 }), kind: 'calls' } as const;
  const purse = { ...countOf(name, { most: 85, unit: 'tokens', amount: ESTIMATE }), kind: 'cost' } as const;
  const places = countOf(name, { kind: 'concurrent', most: 4 });
  // What is concurrent comes first: budgets are then not told by their place in the list alone.
  const counts = [places, budget, purse];
  const calls = await Promise.all([0, 1, 2, 3].map((who) => begin(`${name} ${who}`)));
  const spent = (of: 'calls' | 'cost'): number => calls.reduce((sum, one) => sum + one[of], 0);
  // A script that Redis does not have yet is sent twice, and would come behind what is asked next.
  await store.settle('room', [{ ...places, actual: 0 }]);
  for (const event of events) {
    const one = calls[event.who];
    assert.ok(one !== undefined);
    const { act, wasSent } = event;
    const more = { calls: wasSent ? 1 : 0, cost: wasSent ? ESTIMATE : 0 };
    const isEnough = spent('calls') + more.calls <= budget.most && spent('cost') + more.cost <= purse.most;
    const isMade = one.isOpen && act === 'again' && (!wasSent || isEnough) && event.isWanted && event.isLet;
    const given = await (one.isOpen ? happen(one.id, event) : undefined);
    assert.equal(given ?? false, isMade);
    one.calls += isMade ? more.calls : 0;
    one.cost += isMade ? more.cost : 0;
    const isOver = one.isOpen && act === 'over';
    one.calls -= isOver && event.kind === 'undelivered' ? 1 : 0;
    one.cost += isOver ? (event.kind === 'undelivered' ? 0 : (event.cost ?? ESTIMATE)) - ESTIMATE : 0;
    one.isOpen &&= !isOver;
    assert.deepEqual(
      [(await store.look(budget))?.spent, (await store.look(purse))?.spent],
      [spent('calls'), spent('cost')],
    );
    const isRoom = (await store.reserve({ decisionId: 'room', limits: [], counts: [places], heldMs: 60_000 })).kind;
    assert.equal(isRoom, calls.every(({ isOpen }) => isOpen) ? 'full' : 'taken');
    await store.settle('room', [{ ...places, actual: 0 }]);
  }
  assert.deepEqual([reservations.size, errors], [calls.filter(({ isOpen }) => isOpen).length, []]);
  for (const { id } of calls) await reservations.withdraw(id);

  async function begin(id: string): Promise<Model> {
    const answer = await store.reserve({ decisionId: id, limits: [], counts, heldMs: 60_000 });
    assert.equal(answer.kind, 'taken');
    reservations.hold(id, { counts, prices: [PRICE], heldMs: 60_000, store, more: store });
    return { id, isOpen: true, calls: 1, cost: ESTIMATE };
  }

  async function happen(id: string, event: AttemptEvent): Promise<boolean> {
    const { act, kind, cost, wasSent, isLet, isWanted } = event;
    if (act === 'again') {
      const breaker: FurtherAttempts = { failed: () => undefined, mayTry: () => isLet };
      const asked = { call: { ...call, decisionId: id }, target: facts.target };
      return await countAttempts(breaker, reservations).mayTry(asked, {
        wasSent,
        isWanted: () => isWanted,
        server: 'files',
      });
    }
    const costs = cost === undefined ? {} : { costs: new Map([[PRICE.name, cost]]) };
    reservations.settle({ decisionId: id, kind, durationMs: 1, replyBytes: 1, ...costs });
    return false;
  }
}
