import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type { OpenOrders } from '../../src/assemble/open-orders.ts';
import { within } from '../e2e/within.ts';
import { openClient } from './open-client.ts';
import { openOrders } from './open-orders.ts';
import { whyNoRedis } from './redis-part.ts';
import { startSentinel } from './start-sentinel.ts';

const stopOf = (id: string) => ({ id, kind: 'server', name: id, sinceMs: 0, why: 'a test' }) as const;

/** Resolves when an instance knows, or does not know any more, that this server is stopped. */
async function until({ book }: OpenOrders, server: string, isStopped = true): Promise<void> {
  while ((book.find({ server, identity: undefined }) !== undefined) !== isStopped) await wait(5);
}

suite('what operators order, in a Redis that Sentinels watch', { skip: whyNoRedis(), timeout: 120_000 }, () => {
  test('holds through a failover, and is known to every instance within a second of the new master', async () => {
    await using undo = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), 'sallyport-orders-'));
    undo.defer(() => rm(folder, { recursive: true, force: true }));
    const watched = undo.use(await startSentinel());
    const written = { sentinel: { master: watched.master, nodes: watched.nodes } };
    const [one, other] = [
      undo.use(await openOrders(folder, 'one', written)),
      undo.use(await openOrders(folder, 'other', written)),
    ];
    assert.equal(await one.book.add(stopOf('kept')), 'stored');
    using opened = await openClient({ ...written, timeout_ms: 1000 });
    while ((await opened.client.call('WAIT', '1', '500')) !== 1);
    // This one the replica may not have got.
    assert.equal(await one.book.add(stopOf('last')), 'stored');
    await within(1000, until(other, 'last'));
    await watched.killMaster();
    assert.equal(await other.book.add(stopOf('meanwhile')), 'here');
    await until(other, 'meanwhile');

    await watched.failedOver();
    const given = one.book.add(stopOf('after'));
    await within(1000, Promise.all([until(one, 'after'), until(other, 'after'), until(one, 'meanwhile')]));
    await given;
    for (const instance of [one, other]) {
      for (const server of ['kept', 'last', 'meanwhile', 'after']) await until(instance, server);
      assert.equal(instance.book.isKnown, true);
    }
    // Who has no copy knows what is in the new master alone.
    const late = undo.use(await openOrders(folder, 'late', written));
    for (const server of ['kept', 'last', 'meanwhile', 'after']) await within(1000, until(late, server));
    assert.equal((await other.book.lift('kept'))?.id, 'kept');
    await within(1000, Promise.all([one, other, late].map((instance) => until(instance, 'kept', false))));
  });
});
