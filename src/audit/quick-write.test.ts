import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { QuickWrite } from './quick-write.ts';

const BYTES = Buffer.from('record');

/** Tells how each write was made. A write takes `tookMs` of its clock. */
function recording() {
  const made: string[] = [];
  const at = { nowMs: 0, tookMs: 0 };
  const take = (how: string): number => {
    made.push(how);
    at.nowMs += at.tookMs;
    return BYTES.length;
  };
  const quick = new QuickWrite({
    now: () => take('now'),
    byThread: async () => take('thread'),
    monotonicMs: () => at.nowMs,
  });
  return { at, made, write: () => quick.write(1, BYTES) };
}

suite('QuickWrite', () => {
  test('writes at once while that is quick', async () => {
    const { write, made, at } = recording();
    at.tookMs = 2;
    assert.equal(await write(), BYTES.length);
    await write();
    assert.deepEqual(made, ['now', 'now']);
  });

  test('leaves writes to a thread for a second, however busy the loop is that hears of them', async () => {
    const { write, made, at } = recording();
    at.tookMs = 3;
    await write();
    at.tookMs = 90;
    for (let count = 0; count < 11; count++) await write();
    at.tookMs = 0;
    at.nowMs += 10;
    await write();
    assert.deepEqual(made, ['now', ...Array.from({ length: 11 }, () => 'thread'), 'now']);
  });

  test('waits on while those by the thread take long', async () => {
    const { write, made, at } = recording();
    at.tookMs = 3;
    await write();
    at.tookMs = 600;
    await write();
    await write();
    at.tookMs = 0;
    at.nowMs += 999;
    await write();
    at.nowMs += 1;
    await write();
    assert.deepEqual(made, ['now', 'thread', 'thread', 'thread', 'now']);
  });

  test('tries less and less often while each trial is slow', async () => {
    const { write, made, at } = recording();
    at.tookMs = 5;
    for (let second = 0; second < 200; second++) {
      at.nowMs = second * 1000;
      await write();
    }
    const trials = made.flatMap((how, second) => (how === 'now' ? [second] : []));
    assert.deepEqual(trials, [0, 2, 5, 10, 19, 36, 69, 102, 135, 168]);
  });

  test('a failure is told, and may be slow too', async () => {
    const at = { nowMs: 0 };
    const quick = new QuickWrite({
      now: () => {
        at.nowMs += 100;
        throw new Error('ENOSPC');
      },
      byThread: async () => 6,
      monotonicMs: () => at.nowMs,
    });
    await assert.rejects(quick.write(1, BYTES), /ENOSPC/);
    assert.equal(await quick.write(1, BYTES), 6);
  });
});
