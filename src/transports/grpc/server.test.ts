import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ECHO, frame, prefixOf } from './clients.fixture.ts';
import { testCalls } from './engine-calls.fixture.ts';
import { testConnections } from './engine-connections.fixture.ts';
import { testStreams } from './engine-streams.fixture.ts';
import { testTls } from './engine-tls.fixture.ts';
import { GRPC_CODE } from './grpc-error.ts';
import { callHeaders, END_HEADERS, END_STREAM, FRAME, headerBlock } from './raw-frames.fixture.ts';
import { createGrpcServer } from './server.ts';
import { HELD, MAX_MESSAGE, start, until } from './started.fixture.ts';

testCalls('createGrpcServer()', createGrpcServer);
testConnections('createGrpcServer()', createGrpcServer);
testStreams('createGrpcServer()', createGrpcServer);
testTls('createGrpcServer()', createGrpcServer);

const HELLO = Buffer.from('hello');

// What engine 1 cannot do, see there.
suite('createGrpcServer() beyond its sibling', () => {
  test('refuses the compression flag also where no encoding was named', async (t) => {
    const started = await start(t, createGrpcServer);
    const client = await started.plain();
    assert.equal((await client.send([frame(HELLO, 1)])).code, GRPC_CODE.UNIMPLEMENTED);
    assert.equal((await client.send([frame(HELLO, 2)])).code, GRPC_CODE.INTERNAL);
    assert.equal(started.seen.length, 0);
  });

  test('refuses a grpc-timeout that only resembles one', async (t) => {
    const client = await (await start(t, createGrpcServer)).plain();
    for (const timeout of ['-1m', '1.5S', '1m 1m', '999999999S', '1m, 2m']) {
      assert.equal((await client.send([frame(HELLO)], { 'grpc-timeout': timeout })).code, GRPC_CODE.INTERNAL, timeout);
    }
  });

  test('answers another HTTP method 405', async (t) => {
    const client = await (await start(t, createGrpcServer)).plain();
    assert.equal((await client.send([], { ':method': 'GET' })).httpStatus, 405);
  });

  test('is 415 for the dialects of gRPC that frame otherwise', async (t) => {
    const client = await (await start(t, createGrpcServer)).plain();
    for (const type of ['application/grpc-web', 'application/grpc+json', 'application/grpc-web+proto']) {
      assert.equal((await client.send([frame(HELLO)], { 'content-type': type })).httpStatus, 415);
    }
  });

  test('hands no second message and no reset call to a handler', async (t) => {
    const started = await start(t, createGrpcServer);
    const connection = await started.raw();
    [Buffer.concat([frame(HELLO), frame(HELLO)]), frame(HELLO), frame(HELLO).subarray(0, 7)].forEach((sent, index) => {
      const id = 2 * index + 1;
      connection.send(FRAME.HEADERS, END_HEADERS, id, callHeaders(ECHO));
      connection.send(FRAME.DATA, 0, id, sent);
      connection.send(FRAME.RST_STREAM, 0, id, Buffer.from([0, 0, 0, 8]));
    });
    connection.send(FRAME.HEADERS, END_HEADERS, 7, callHeaders(ECHO));
    connection.send(FRAME.DATA, END_STREAM, 7, frame(Buffer.from('after')));
    await connection.until(({ type, streamId }) => type === FRAME.DATA && streamId === 7);
    assert.deepEqual(
      started.seen.map(({ request }) => Buffer.from(request).toString()),
      ['after'],
    );
  });

  test('holds callers to the header limit before they have confirmed it', async (t) => {
    const started = await start(t, createGrpcServer);
    const connection = await started.raw();
    const large = Buffer.concat([callHeaders(ECHO), headerBlock([['x-large', 'a'.repeat(16_200)]])]);
    connection.send(FRAME.HEADERS, 0, 1, large.subarray(0, 16_384));
    connection.send(FRAME.CONTINUATION, END_HEADERS, 1, large.subarray(16_384));
    connection.send(FRAME.DATA, END_STREAM, 1, frame(HELLO));
    await connection.until(({ type, streamId }) => type !== FRAME.SETTINGS && streamId === 1);
    assert.equal(started.seen.length, 0);
  });

  test('closes a connection that floods it with pings or settings, and no other', async (t) => {
    const started = await start(t, createGrpcServer);
    for (const [type, size] of [
      [FRAME.PING, 8],
      [FRAME.SETTINGS, 0],
    ] as const) {
      const connection = await started.raw();
      for (let i = 0; i < 200; i++) connection.send(type, 0, 0, Buffer.alloc(size));
      const { payload } = await connection.until((sent) => sent.type === FRAME.GOAWAY);
      assert.equal(payload.readUInt32BE(4), 0xb, 'ENHANCE_YOUR_CALM');
      await connection.closed;
    }
    assert.equal((await started.official().call(ECHO, HELLO)).code, 0);
  });

  test('lets one ping with every call, as gRPC in Go does', async (t) => {
    const started = await start(t, createGrpcServer);
    const connection = await started.raw();
    for (let id = 1; id < 400; id += 2) {
      connection.send(FRAME.HEADERS, END_HEADERS, id, callHeaders(ECHO));
      connection.send(FRAME.DATA, END_STREAM, id, frame(Buffer.alloc(300)));
      connection.send(FRAME.PING, 0, 0, Buffer.alloc(8));
      await connection.until(({ type, streamId }) => type === FRAME.DATA && streamId === id);
    }
    assert.equal(
      connection.frames.some(({ type }) => type === FRAME.GOAWAY),
      false,
    );
  });

  test('drops connections beyond the number it may have', async (t) => {
    const started = await start(t, createGrpcServer, { maxConnections: 1 });
    const first = await started.plain();
    await (await started.raw()).closed;
    assert.equal((await first.send([frame(HELLO)])).code, 0);
  });

  test('bounds what all unfinished requests hold together', async (t) => {
    const started = await start(t, createGrpcServer, { maxMessageBytes: 100 });
    const client = await started.plain();
    // 64 messages of 100 bytes are held at most; each of these takes a first piece of 4 KiB.
    const answers = Array.from({ length: 3 }, () => client.open());
    const codes: unknown[] = [];
    for (const stream of answers) {
      stream.on('response', (headers) => codes.push(headers['grpc-status']));
      stream.write(prefixOf(100));
    }
    await until(() => codes.length === 2);
    assert.deepEqual(codes, [`${GRPC_CODE.RESOURCE_EXHAUSTED}`, `${GRPC_CODE.RESOURCE_EXHAUSTED}`]);
  });

  test('says at the beginning of a drain which call was the last that it took', async (t) => {
    const started = await start(t, createGrpcServer);
    const connection = await started.raw();
    connection.send(FRAME.HEADERS, END_HEADERS, 1, callHeaders(HELD));
    connection.send(FRAME.DATA, END_STREAM, 1, frame(HELLO));
    await until(() => started.seen.length === 1);
    const drained = started.server.drain(60_000);
    const { payload } = await connection.until(({ type }) => type === FRAME.GOAWAY);
    assert.deepEqual([payload.readUInt32BE(0), payload.readUInt32BE(4)], [1, 0]);
    connection.send(FRAME.HEADERS, END_HEADERS, 3, callHeaders(ECHO));
    connection.send(FRAME.DATA, END_STREAM, 3, frame(HELLO));
    started.release();
    await connection.until(({ type, streamId }) => type === FRAME.DATA && streamId === 1);
    await drained;
    assert.equal(started.seen.length, 1);
  });

  test('resets the stream of a caller that does not take its answer in time', async (t) => {
    const started = await start(t, createGrpcServer, { maxCallMs: 50 });
    const client = await started.plain({ initialWindowSize: 10 });
    const stream = client.open();
    stream.end(frame(Buffer.alloc(MAX_MESSAGE)));
    await new Promise((resolve) => stream.once('response', resolve));
    stream.pause();
    await until(() => started.seen[0]?.call.signal.aborted === true);
    assert.equal((await client.send([frame(HELLO)])).code, 0);
  });
});
