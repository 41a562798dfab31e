import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { FrameReader } from './frame-reader.ts';
import { LogFullError, type LogState, RecordLog } from './record-log.ts';
import type { RecordKind } from './record-shape.ts';
import { type RecordText, recordText } from './record-text.ts';

/** A log over segments that tests can hold back and break. */
function heldLog(maxQueuedLength = 1_000_000) {
  const batches: { sequence: number; ids: string[] }[] = [];
  const gates: PromiseWithResolvers<void>[] = [];
  const states: LogState['kind'][] = [];
  const lost: RecordKind[] = [];
  const syncs = new Map<number, PromiseWithResolvers<void>>();
  const state = { isHeld: false, isLate: false, failure: undefined as Error | undefined };
  const log = new RecordLog({
    gate: {
      get isLate() {
        return state.isLate;
      },
      written: () => {},
      synced: (sequence) => {
        const gate = Promise.withResolvers<void>();
        syncs.set(sequence, gate);
        return gate.promise;
      },
      close: async () => {},
    },
    writer: {
      async append(bytes, sequence) {
        const batch = { sequence, ids: idsIn(bytes) };
        if (state.isHeld) {
          const gate = Promise.withResolvers<void>();
          gates.push(gate);
          await gate.promise;
        }
        if (state.failure !== undefined) throw state.failure;
        batches.push(batch);
      },
      async close() {},
    },
    nextSequence: 1,
    maxQueuedLength,
    nowMs: () => 0,
    describeLoss: (loss) => text(`gap ${JSON.stringify(Object.fromEntries(loss.lost))}`, 'gap'),
    onState: ({ kind }) => states.push(kind),
    onLoss: (kind) => lost.push(kind),
  });
  return { log, batches, gates, syncs, states, lost, state };
}

function idsIn(bytes: Uint8Array): string[] {
  const reader = new FrameReader();
  reader.push(Buffer.from(bytes));
  const ids: string[] = [];
  for (let next = reader.next(); next.kind === 'record'; next = reader.next()) {
    const { sequence, id } = JSON.parse(next.payload.toString());
    ids.push(`${Number(sequence)}:${id}`);
  }
  return ids;
}

function text(id: string, kind: RecordKind = 'intent'): RecordText {
  return recordText({ kind, id, source: 's', timeMs: 0 }, '{}');
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

suite('RecordLog', () => {
  test('writes what arrives together in one batch', async () => {
    const { log, batches } = heldLog();
    await Promise.all([
      log.append(text('a'), 'written'),
      log.append(text('b'), 'written'),
      log.append(text('c'), 'written'),
    ]);
    assert.deepEqual(batches, [{ sequence: 1, ids: ['1:a', '2:b', '3:c'] }]);
  });

  test('collects what arrives during a write into the next one', async () => {
    const { log, batches, gates, state } = heldLog();
    state.isHeld = true;
    const first = log.append(text('a'), 'written');
    await turns(2);
    const later = [log.append(text('b'), 'written'), log.append(text('c'), 'written')];
    state.isHeld = false;
    gates[0]?.resolve();
    await Promise.all([first, ...later]);
    assert.deepEqual(
      batches.map(({ ids }) => ids),
      [['1:a'], ['2:b', '3:c']],
    );
  });

  test('resolves an append only when its bytes have been taken', async () => {
    const { log, gates, state } = heldLog();
    state.isHeld = true;
    const appended = log.append(text('a'), 'written');
    const waited = turns(5).then(() => 'still waiting');
    assert.equal(await Promise.race([appended, waited]), 'still waiting');
    gates[0]?.resolve();
    await appended;
  });

  test('lets go what must be on the disk only when it is, and not what need not be', async () => {
    const { log, syncs } = heldLog();
    const strict = log.append(text('a'), 'synced');
    await log.append(text('b'), 'written');
    const waited = turns(5).then(() => 'still waiting');
    assert.equal(await Promise.race([strict, waited]), 'still waiting');
    assert.deepEqual([...syncs.keys()], [1]);
    syncs.get(1)?.resolve();
    await strict;
  });

  test('holds back also what need not be on the disk while the disk is late', async () => {
    const { log, syncs, state } = heldLog();
    state.isLate = true;
    const bounded = log.append(text('a'), 'written');
    const waited = turns(5).then(() => 'still waiting');
    assert.equal(await Promise.race([bounded, waited]), 'still waiting');
    syncs.get(1)?.reject(new Error('EIO'));
    await assert.rejects(bounded, /EIO/);
  });

  test('rejects an append whose write failed, leaves no hole in the numbers and says when it works again', async () => {
    const { log, batches, state, states } = heldLog();
    state.failure = new Error('ENOSPC');
    await assert.rejects(log.append(text('a'), 'written'), /ENOSPC/);
    assert.equal(log.isFailing, true);
    state.failure = undefined;
    await log.append(text('b'), 'written');
    assert.deepEqual(batches, [{ sequence: 1, ids: ['1:b'] }]);
    assert.deepEqual(states, ['failing', 'writing']);
  });

  test('counts posted records that a failed write took with it, before the next record', async () => {
    const { log, batches, state, lost } = heldLog();
    state.failure = new Error('ENOSPC');
    log.post(text('a', 'refusal'), 1);
    log.post(text('b', 'outcome'), 1);
    await log.flush();
    await log.probe();
    state.failure = undefined;
    await log.append(text('c'), 'written');
    assert.deepEqual(batches, [{ sequence: 1, ids: ['1:gap {"refusal":1,"outcome":1}', '2:c'] }]);
    assert.deepEqual(lost, ['refusal', 'outcome']);
  });

  test('writes the gap without waiting for another record when it is probed', async () => {
    const { log, batches, state } = heldLog();
    state.failure = new Error('EROFS');
    log.post(text('a', 'refusal'), 1);
    await log.flush();
    state.failure = undefined;
    await log.probe();
    assert.deepEqual(batches, [{ sequence: 1, ids: ['1:gap {"refusal":1}'] }]);
    assert.equal(log.isFailing, false);
  });

  test('refuses and counts by share of the queue: refusals before outcomes before intents', async () => {
    const length = text('x').before.length + text('x').after.length + 16;
    const { log, batches, gates, state } = heldLog(length * 4);
    state.isHeld = true;
    log.post(text('r1', 'refusal'), 0.5);
    log.post(text('r2', 'refusal'), 0.5);
    log.post(text('r3', 'refusal'), 0.5);
    log.post(text('o1', 'outcome'), 0.75);
    log.post(text('o2', 'outcome'), 0.75);
    const intent = log.append(text('i1'), 'written');
    await assert.rejects(log.append(text('i2'), 'written'), LogFullError);
    await turns(2);
    state.isHeld = false;
    gates[0]?.resolve();
    await intent;
    await log.close();
    assert.deepEqual(
      batches.flatMap(({ ids }) => ids),
      ['1:gap {"refusal":1,"outcome":1}', '2:r1', '3:r2', '4:o1', '5:i1'],
    );
    assert.equal(log.queuedLength, 0);
  });

  test('takes nothing after it was closed', async () => {
    const { log, lost } = heldLog();
    await log.close();
    await assert.rejects(log.append(text('a'), 'written'), /closed/);
    log.post(text('b', 'outcome'), 1);
    assert.deepEqual(lost, ['outcome']);
  });

  test('counts a record that no reader would believe', async () => {
    const { log, lost } = heldLog();
    log.post(recordText({ kind: 'refusal', id: 'x'.repeat(300_000), source: 's', timeMs: 0 }, '{}'), 1);
    assert.deepEqual(lost, ['refusal']);
  });
});
