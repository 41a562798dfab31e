import assert from 'node:assert/strict';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { Writable } from 'node:stream';
import { suite, test } from 'node:test';
import { writeChunk, writeReply } from './write-reply.ts';

/** A client that reads when the test says so. */
function slowClient(): { readonly client: Writable; readonly read: () => void } {
  let read: () => void = assert.fail;
  const client = new Writable({
    highWaterMark: 1,
    write(_chunk, _encoding, done) {
      read = done;
    },
  });
  return { client, read: () => read() };
}

async function settled(work: Promise<void>): Promise<boolean> {
  return await Promise.race([work.then(() => true), new Promise<false>((resolve) => setImmediate(resolve, false))]);
}

const never = new AbortController().signal;

suite('writeChunk()', () => {
  test('waits until the client has read, so that the upstream is read no faster', async () => {
    const { client, read } = slowClient();
    const writing = writeChunk(client, Buffer.from('event'), never);
    assert.equal(await settled(writing), false);
    read();
    await writing;
  });

  test('stops waiting when the client goes away', async () => {
    const { client } = slowClient();
    const writing = writeChunk(client, Buffer.from('event'), never);
    client.destroy();
    await writing;
  });

  test('stops waiting when the stream is ended from here', async () => {
    const stop = new AbortController();
    const writing = writeChunk(slowClient().client, Buffer.from('event'), stop.signal);
    stop.abort();
    await writing;
  });

  test('cuts off a client that reads nothing', async (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    const { client } = slowClient();
    const writing = writeChunk(client, Buffer.from('event'), never);
    context.mock.timers.tick(9000);
    assert.equal(client.destroyed, false);
    context.mock.timers.tick(2000);
    await writing;
    assert.equal(client.destroyed, true);
  });
});

suite('writeReply()', () => {
  test('cuts off a client that does not read the reply in the time it may take', (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    // It has no connection, so nothing is read.
    const response = new ServerResponse(new IncomingMessage(new Socket()));
    writeReply(response, { status: 200, headers: [], body: Buffer.alloc(9 * 65_536) });
    context.mock.timers.tick(18_999);
    assert.equal(response.destroyed, false);
    context.mock.timers.tick(1);
    assert.equal(response.destroyed, true);
  });
});
