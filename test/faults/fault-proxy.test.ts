import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { after, before, suite, test } from 'node:test';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';

const REPLY = 'a reply of some length';

suite('startFaultProxy()', { timeout: 20_000 }, () => {
  const asked: string[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      asked.push(chunk.toString());
      socket.write(REPLY);
    });
  });
  let way: FaultProxy;
  before(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    assert.ok(address !== null && typeof address === 'object');
    way = await startFaultProxy(`tcp://127.0.0.1:${address.port}`);
  });
  after(async () => {
    await way[Symbol.asyncDispose]();
    server.close();
  });

  const open = async (): Promise<Socket> => {
    const socket = connect({ host: '127.0.0.1', port: way.port });
    await once(socket, 'connect');
    return socket;
  };
  /** Asks, and reads until so many bytes have come or the connection is over. */
  const ask = async (socket: Socket, bytes = REPLY.length): Promise<string> => {
    let said = '';
    socket.write('what?');
    for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
      said += String(chunk);
      if (said.length >= bytes) break;
    }
    return said;
  };

  test('relays what is asked and answered', async () => {
    await way.set('none');
    await using socket = await open();
    assert.equal(await ask(socket), REPLY);
  });

  test('lets nobody in, and everybody again, at the same port', async () => {
    await way.set('refused');
    await assert.rejects(open(), { code: 'ECONNREFUSED' });
    await way.set('none');
    await using socket = await open();
    assert.equal(await ask(socket), REPLY);
  });

  test('holds replies back for as long as it says, and leaves the connection open', async () => {
    await using socket = await open();
    assert.equal(await ask(socket), REPLY);
    await way.set({ delayMs: [150, 200] });
    const askedMs = performance.now();
    assert.equal(await ask(socket), REPLY);
    assert.ok(performance.now() - askedMs >= 149);
    await way.set('none');
    assert.equal(await ask(socket), REPLY);
  });

  test('lets replies drip, and hands on the rest at once when that is over', async () => {
    await using socket = await open();
    await way.set({ dripEveryMs: 5 });
    const askedMs = performance.now();
    assert.equal(await ask(socket), REPLY);
    assert.ok(performance.now() - askedMs >= 5 * (REPLY.length - 2));
    await way.set({ dripEveryMs: 10_000 });
    assert.equal(await ask(socket, 1), 'a');
    await way.set('none');
  });

  test('cuts replies', async () => {
    const socket = await open();
    await way.set({ cutAfterBytes: 7 });
    let said = '';
    socket.on('data', (chunk: Buffer) => (said += chunk.toString()));
    socket.write('what?');
    await assert.rejects(once(socket, 'end'), { code: 'ECONNRESET' });
    assert.equal(said, REPLY.slice(0, 7));
    socket.destroy();
    await way.set('none');
  });

  test('answers in place of the server, which hears nothing', async () => {
    await using socket = await open();
    await way.set({ answer: Buffer.from('something else') });
    asked.length = 0;
    assert.equal(await ask(socket, 14), 'something else');
    assert.deepEqual(asked, []);
    await way.set('none');
  });
});
