import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createWaitingRoom } from './waiting-room.ts';

const never = new AbortController().signal;

async function entered(entering: Promise<Disposable | 'busy'>): Promise<Disposable> {
  const place = await entering;
  return place === 'busy' ? assert.fail('busy') : place;
}

suite('createWaitingRoom()', () => {
  test('serves who waits in the order of their coming', async () => {
    const room = createWaitingRoom({ places: 1, maxWaiting: 2, maxWaitMs: 1000 });
    const first = await entered(room.enter(never));
    const served: string[] = [];
    const wait = async (name: string): Promise<void> => {
      using _place = await entered(room.enter(never));
      served.push(name);
    };
    const waiting = [wait('second'), wait('third')];
    assert.equal(await room.enter(never), 'busy');
    first[Symbol.dispose]();
    await Promise.all(waiting);
    assert.deepEqual(served, ['second', 'third']);
    (await entered(room.enter(never)))[Symbol.dispose]();
  });

  test('lets nobody wait for longer than that, and keeps no place for who left', async (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    const room = createWaitingRoom({ places: 1, maxWaiting: 1, maxWaitMs: 1000 });
    const first = await entered(room.enter(never));
    const waiting = room.enter(never);
    context.mock.timers.tick(1000);
    first[Symbol.dispose]();
    assert.equal(await waiting, 'busy');
    await entered(room.enter(never));
  });

  test('lets go of who has gone', async () => {
    const room = createWaitingRoom({ places: 1, maxWaiting: 1, maxWaitMs: 1000 });
    const first = await entered(room.enter(never));
    const gone = new AbortController();
    const waiting = room.enter(gone.signal);
    gone.abort();
    assert.equal(await waiting, 'busy');
    first[Symbol.dispose]();
    await entered(room.enter(never));
    assert.equal(await room.enter(gone.signal), 'busy');
  });
});
