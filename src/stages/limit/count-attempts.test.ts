import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { call, facts } from '../../decision/facts.fixture.ts';
import { countOf } from '../../policy/count-spec.fixture.ts';
import { MemoryCounts } from '../../stores/memory/counts.ts';
import { MemoryTokenBuckets } from '../../stores/memory/token-buckets.ts';
import { attemptEvent, attemptsAreCounted } from './attempt-laws.fixture.ts';
import { countAttempts } from './count-attempts.ts';
import type { CountSpec, CountStore, Reserving } from './count-store.ts';
import { Reservations } from './reservations.ts';

const clock = { monotonicMs: () => 0 };
const budget = { ...countOf('b'), kind: 'calls' } as const;
const place = countOf('c', { kind: 'concurrent', most: 1 });
const AFTER = { wasSent: true, isWanted: () => true, server: 'files' };
const asked = { call: { ...call, decisionId: 'd' }, target: facts.target };

function memory(): MemoryCounts {
  return new MemoryCounts({ buckets: new MemoryTokenBuckets(9, clock), capacity: 100, clock });
}

/** The reservations of one call, `d`, that holds `counts`, and how it is tried again. */
function tried(store: CountStore, counts: readonly CountSpec[], more: Pick<CountStore, 'reserve'> = store) {
  const errors: unknown[] = [];
  const reservations = new Reservations({ clock, onError: (cause) => errors.push(cause) });
  const where = { settle: store.settle.bind(store), vacate: store.vacate.bind(store), renew: store.renew.bind(store) };
  const again = { ...where, reserve: more.reserve.bind(more) };
  void store.reserve({ decisionId: 'd', limits: [], counts, heldMs: 1000 });
  const prices = [{ name: 'price', unit: 'tokens', estimate: 40 }];
  reservations.hold('d', { counts, prices, heldMs: 1000, store: where, more: again });
  const attempts = countAttempts({ failed: () => undefined, mayTry: () => true }, reservations);
  return { errors, reservations, mayTry: async (after = AFTER) => await attempts.mayTry(asked, after) };
}

function over(attempts?: number) {
  const told = attempts === undefined ? {} : { attempts };
  return { decisionId: 'd', kind: 'answered', durationMs: 1, replyBytes: 1, ...told } as const;
}

suite('countAttempts()', () => {
  test('counts what attempts came to, each once, whatever becomes of them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(attemptEvent, { maxLength: 60 }), (events) =>
        attemptsAreCounted(memory(), events, 'n'),
      ),
      { numRuns: 300 },
    );
  });

  test('lets a call be tried for as long as its budget lasts', async () => {
    const store = memory();
    const { mayTry, reservations } = tried(store, [budget, place]);
    assert.deepEqual([await mayTry(), await mayTry(), await mayTry()], [true, true, false]);
    reservations.settle(over(4));
    assert.equal(store.look(budget)?.spent, 3);
    assert.equal(store.reserve({ decisionId: 'e', limits: [], counts: [place], heldMs: 1 }).kind, 'taken');
  });

  test('takes nothing more for an attempt behind one that was never sent', async () => {
    const store = memory();
    const { mayTry, reservations } = tried(store, [budget]);
    for (let tries = 0; tries < 9; tries += 1) assert.equal(await mayTry({ ...AFTER, wasSent: false }), true);
    reservations.settle(over(10));
    assert.equal(store.look(budget)?.spent, 1);
  });

  test('asks nobody for a call that has no budget', async () => {
    const nobody = { reserve: () => assert.fail('asked') };
    assert.equal(await tried(memory(), [place], nobody).mayTry(), true);
  });

  test('lets nothing be tried again while the store is lost', async () => {
    const lost: Reserving = { kind: 'lost', name: 'b', cause: undefined };
    assert.equal(await tried(memory(), [budget], { reserve: () => lost }).mayTry(), false);
    const cause = new Error('gone');
    const { mayTry, errors } = tried(memory(), [budget], { reserve: () => Promise.reject(cause) });
    assert.equal(await mayTry(), false);
    assert.deepEqual(errors, [cause]);
  });

  test('gives back what was reserved for a call that is over meanwhile', async () => {
    const store = memory();
    const { promise, resolve } = Promise.withResolvers<void>();
    const slow: Pick<CountStore, 'reserve'> = {
      async reserve(wanted) {
        await promise;
        return store.reserve(wanted);
      },
    };
    const { mayTry, reservations } = tried(store, [budget], slow);
    const leave = mayTry();
    reservations.settle(over());
    resolve();
    assert.equal(await leave, false);
    assert.equal(store.look(budget)?.spent, 1);
  });
});

suite('Reservations', () => {
  test('count the attempts that an outcome tells of, where they were not heard of one by one', () => {
    const store = memory();
    const purse = { ...countOf('b', { kind: 'cost', amount: 40, most: 1000, unit: 'tokens' }), kind: 'cost' } as const;
    const { reservations } = tried(store, [budget, purse]);
    reservations.settle(over(3));
    assert.deepEqual([store.look(budget)?.spent, store.look(purse)?.spent], [3, 120]);
  });
});
