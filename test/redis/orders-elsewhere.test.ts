import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { within } from '../e2e/within.ts';
import { openOrders } from './open-orders.ts';
import { whyNoRedis } from './redis-part.ts';
import { startCluster } from './start-cluster.ts';

suite('what operators order, in a Redis Cluster', { skip: whyNoRedis(), timeout: 120_000 }, () => {
  test('is known to every instance within a second', async () => {
    await using undo = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), 'sallyport-orders-'));
    undo.defer(() => rm(folder, { recursive: true, force: true }));
    const cluster = undo.use(await startCluster());
    const written = { cluster: { nodes: cluster.nodes }, timeout_ms: 1000 };
    const one = undo.use(await openOrders(folder, 'one', written));
    const other = undo.use(await openOrders(folder, 'other', written));
    const stop = { id: 'a', kind: 'server', name: 'files', sinceMs: 0, why: 'a test' } as const;
    const until = async (found: boolean): Promise<void> => {
      const isFound = (): boolean => other.book.find({ server: 'files', identity: undefined }) !== undefined;
      while (isFound() !== found) await wait(10);
    };
    assert.equal(await one.book.add(stop), 'stored');
    await within(1000, until(true));
    assert.equal((await other.book.lift('a'))?.id, 'a');
    await within(1000, until(false));
    assert.deepEqual([one.book.isKnown, other.book.isKnown], [true, true]);
  });
});
