import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, suite, test } from 'node:test';
import fc from 'fast-check';
import { SharedOrders } from './shared-orders.ts';
import { agent, stopOf, type TestStore, testStore } from './order.fixture.ts';

const call = { server: 'files', identity: agent };
/** Instances are woken by hand. */
const NEVER_MS = 2 ** 30;

suite('SharedOrders', () => {
  let folder = '';
  let ms = 0;
  const open: SharedOrders[] = [];
  const instance = (name: string, store: TestStore): SharedOrders => {
    const stops = new SharedOrders({
      store,
      path: join(folder, name),
      clock: { nowMs: () => ms, monotonicMs: () => ms },
      everyMs: NEVER_MS,
      maxAgeMs: 5000,
      onError: () => {},
      onChange: () => {},
    });
    open.push(stops);
    return stops;
  };
  const idsOf = (stops: SharedOrders): readonly string[] =>
    stops
      .list()
      .map(({ id }) => id)
      .toSorted();

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport-stops-'));
    ms = 0;
  });
  afterEach(() => {
    for (const stops of open.splice(0)) stops[Symbol.dispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  test('are those of all instances, and so are lifts', async () => {
    const store = testStore();
    const [one, other] = [instance('one', store), instance('other', store)];
    assert.equal(await one.add(stopOf('a')), 'stored');
    await other.refresh();
    assert.equal(other.find(call)?.id, 'a');
    assert.equal((await other.lift('a'))?.id, 'a');
    await one.refresh();
    assert.equal(one.find(call), undefined);
    assert.equal(await one.lift('a'), undefined);
  });

  test('are unknown before the first reading and 5 seconds after the last, and hold all the same', async () => {
    const store = testStore();
    const one = instance('one', store);
    assert.equal(one.isKnown, false);
    await one.add(stopOf('a'));
    assert.equal(one.isKnown, true);
    store.isLost = true;
    ms = 5000;
    await one.refresh();
    assert.equal(one.isKnown, true);
    ms = 5001;
    await one.refresh();
    assert.equal(one.isKnown, false);
    assert.equal(one.find(call)?.id, 'a');
    store.isLost = false;
    await one.refresh();
    assert.equal(one.isKnown, true);
  });

  test('hold at once where the store is lost, over a restart too, and everywhere when it is back', async () => {
    const store = testStore();
    const other = instance('other', store);
    await other.add(stopOf('b'));
    const before = instance('one', store);
    await before.refresh();
    store.isLost = true;
    assert.equal(await before.add(stopOf('a')), 'here');
    assert.deepEqual(
      before.list().map(({ id, isStored }) => [id, isStored]),
      [
        ['b', true],
        ['a', false],
      ],
    );
    await assert.rejects(before.lift('b'), /Connection is closed/);
    const one = instance('one', store);
    assert.deepEqual(idsOf(one), ['a', 'b']);
    store.isLost = false;
    // Meanwhile another one has gone far ahead.
    for (const id of ['c', 'd', 'e']) await other.add(stopOf(id));
    await other.lift('b');
    await one.refresh();
    await other.refresh();
    assert.deepEqual(idsOf(one), ['a', 'c', 'd', 'e']);
    assert.deepEqual(idsOf(other), ['a', 'c', 'd', 'e']);
    assert.ok(one.list().every(({ isStored }) => isStored));
  });

  test('come back into a store that lost them, empty or some changes behind', async () => {
    const store = testStore();
    const one = instance('one', store);
    await one.add(stopOf('a'));
    const replica = store.held;
    await one.add(stopOf('b'));
    for (const lost of [undefined, replica]) {
      store.held = lost;
      await one.refresh();
      assert.deepEqual(store.held?.orders.map(({ id }) => id).toSorted(), ['a', 'b']);
    }
    const newcomer = instance('new', store);
    await newcomer.refresh();
    assert.deepEqual(idsOf(newcomer), ['a', 'b']);
  });

  test('are put together where a store that failed over was given another change', async () => {
    const store = testStore();
    const [one, other] = [instance('one', store), instance('other', store)];
    await one.add(stopOf('a'));
    await other.refresh();
    const replica = store.held;
    await one.add(stopOf('b'));
    store.held = replica;
    await other.add(stopOf('c'));
    await one.refresh();
    await other.refresh();
    assert.deepEqual(idsOf(one), ['a', 'b', 'c']);
    assert.deepEqual(idsOf(other), ['a', 'b', 'c']);
  });

  test('stay lifted in a store that fell back behind the lift', async () => {
    const store = testStore();
    const one = instance('one', store);
    await one.add(stopOf('a'));
    const replica = store.held;
    await one.lift('a');
    store.held = replica;
    await one.refresh();
    assert.deepEqual([idsOf(one), store.held?.orders], [[], []]);
  });

  test('lose none, whatever instances do and however often the store is lost, and agree in the end', async () => {
    const act = fc.record({
      who: fc.nat(2),
      what: fc.constantFrom('add', 'add', 'lift', 'read', 'lose', 'find', 'forget'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 30 }), fc.uuid(), async (acts, run) => {
        const store = testStore();
        const all = [0, 1, 2].map((who) => instance(`${run}-${who}`, store));
        const added = new Set<string>();
        const lifted = new Set<string>();
        const doing = acts.map(({ who, what }, index) => async (): Promise<void> => {
          const stops = all[who] ?? assert.fail();
          const id = String(index);
          switch (what) {
            case 'add':
              added.add(id);
              return void (await stops.add(stopOf(id)));
            case 'lift': {
              const [first] = stops.list();
              if (first === undefined) return;
              lifted.add(first.id);
              return void (await stops.lift(first.id).catch(() => undefined));
            }
            case 'read':
              return await stops.refresh();
            case 'lose':
              return void (store.isLost = true);
            case 'find':
              return void (store.isLost = false);
            case 'forget':
              return void (store.held = undefined);
          }
        });
        for (const one of doing) await one();
        store.isLost = false;
        for (let round = 0; round < 3; round += 1) for (const stops of all) await stops.refresh();
        const [first, ...others] = all.map(idsOf);
        for (const ids of others) assert.deepEqual(ids, first);
        assert.deepEqual(
          [...added.difference(lifted)].filter((id) => first?.includes(id) !== true),
          [],
        );
      }),
      { numRuns: 100 },
    );
  });
});
