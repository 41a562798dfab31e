import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, suite, test } from 'node:test';
import { LogSlowError, SyncGate } from './sync-gate.ts';

const BOUND_MS = 100;
const MAX_WAIT_MS = 1000;

/** A gate over a disk whose syncs tests end, and over a clock that tests own. */
function heldGate() {
  const state = { nowMs: 0 };
  const syncs: PromiseWithResolvers<number>[] = [];
  const told: string[] = [];
  const gate = new SyncGate({
    boundMs: BOUND_MS,
    maxWaitMs: MAX_WAIT_MS,
    monotonicMs: () => state.nowMs,
    onSync: ({ kind }) => told.push(kind),
    sync: () => {
      const sync = Promise.withResolvers<number>();
      syncs.push(sync);
      return sync.promise;
    },
  });
  const pass = (ms: number): void => {
    state.nowMs += ms;
    mock.timers.tick(ms);
  };
  return { gate, syncs, told, pass };
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}

suite('SyncGate', () => {
  beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
  afterEach(() => mock.timers.reset());

  test('syncs for all who wait, once', async () => {
    const { gate, syncs } = heldGate();
    gate.written(3);
    const waiting = [gate.synced(1), gate.synced(3)];
    assert.equal(syncs.length, 1);
    syncs[0]?.resolve(3);
    await Promise.all(waiting);
    await gate.synced(2);
    assert.equal(syncs.length, 1);
  });

  test('syncs again for who came while a sync was under way', async () => {
    const { gate, syncs } = heldGate();
    gate.written(1);
    const first = gate.synced(1);
    gate.written(2);
    const second = gate.synced(2);
    syncs[0]?.resolve(1);
    await first;
    await turns();
    assert.equal(syncs.length, 2);
    syncs[1]?.resolve(2);
    await second;
  });

  test('syncs what nobody waits for within half of the bound', async () => {
    const { gate, syncs, pass } = heldGate();
    gate.written(1);
    pass(BOUND_MS / 2 - 1);
    assert.equal(syncs.length, 0);
    pass(1);
    assert.equal(syncs.length, 1);
    syncs[0]?.resolve(1);
    await turns();
    pass(BOUND_MS * 10);
    assert.equal(syncs.length, 1);
  });

  test('is late once a record has not been synced for longer than the bound', async () => {
    const { gate, syncs, pass } = heldGate();
    gate.written(1);
    pass(BOUND_MS);
    assert.equal(gate.isLate, false);
    pass(1);
    assert.equal(gate.isLate, true);
    gate.written(2);
    syncs[0]?.resolve(1);
    await turns();
    assert.equal(gate.isLate, false);
  });

  test('lets nobody wait longer than is allowed, and refuses at once while the disk is that far behind', async () => {
    const { gate, pass } = heldGate();
    gate.written(1);
    const waiting = assert.rejects(gate.synced(1), LogSlowError);
    pass(MAX_WAIT_MS + 1);
    await waiting;
    await assert.rejects(gate.synced(1), LogSlowError);
  });

  test('refuses all who wait when a sync fails, tries again, and tells of both', async () => {
    const { gate, syncs, told, pass } = heldGate();
    gate.written(2);
    const waiting = [assert.rejects(gate.synced(1), /EIO/), assert.rejects(gate.synced(2), /EIO/)];
    syncs[0]?.reject(new Error('EIO'));
    await Promise.all(waiting);
    await turns();
    pass(BOUND_MS / 2);
    assert.equal(syncs.length, 2);
    syncs[1]?.resolve(2);
    await turns();
    assert.deepEqual(told, ['failed', 'good']);
  });
});
