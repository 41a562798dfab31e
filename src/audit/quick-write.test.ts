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

  test('leaves writes to a thread until none was slow for a second', async () => {
    const { write, made, at } = recording();
    at.tookMs = 50;
    await write();
    await write();
    at.tookMs = 0;
    at.nowMs += 999;
    await write();
    at.nowMs += 1;
    await write();
    assert.deepEqual(made, ['now', 'thread', 'thread', 'now']);
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
