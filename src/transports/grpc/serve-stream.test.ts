import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { answerOf, frame } from './clients.fixture.ts';
import { GRPC_CODE } from './grpc-error.ts';
import type { StreamCall } from './grpc-server.ts';
import { callHeaders, END_HEADERS, FRAME } from './raw-frames.fixture.ts';
import { createGrpcServer } from './server.ts';
import { start, type Started, until } from './started.fixture.ts';
import type { GrpcServerOptions } from './grpc-server.ts';
import type { TestContext } from 'node:test';

const HELLO = Buffer.from('hello');
const STREAM = '/test.Service/Stream';

interface StreamsStarted extends Started {
  readonly calls: StreamCall[];
  /** Lets the handlers, which have read nothing, read all. */
  begin(): void;
}

async function startStreams(t: TestContext, options: Partial<GrpcServerOptions> = {}): Promise<StreamsStarted> {
  const calls: StreamCall[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const read = async (call: StreamCall): Promise<void> => {
    calls.push(call);
    await promise;
    await Array.fromAsync(call.messages);
  };
  return {
    ...(await start(t, createGrpcServer, { ...options, streams: new Map([[STREAM, read]]) })),
    calls,
    begin: resolve,
  };
}

// What engine 1 cannot do, see there.
suite('createGrpcServer() with streams, beyond its sibling', () => {
  test('refuses flags that are none, and compressed messages, as soon as they are read', async (t) => {
    const started = await startStreams(t);
    started.begin();
    const client = await started.plain();
    for (const [flag, code] of [
      [1, GRPC_CODE.UNIMPLEMENTED],
      [2, GRPC_CODE.INTERNAL],
      [255, GRPC_CODE.INTERNAL],
    ] as const) {
      const sent = Buffer.concat([frame(HELLO), frame(HELLO, flag)]);
      assert.equal((await client.send([sent], { ':path': STREAM })).code, code);
    }
  });

  test('counts what nobody has read, and gives it back', async (t) => {
    const started = await startStreams(t, { maxMessageBytes: 10_000 });
    const client = await started.plain();
    const fill = (): Promise<number> => {
      const stream = client.open({ ':path': STREAM });
      for (let i = 0; i < 6; i++) stream.write(frame(Buffer.alloc(10_000)));
      stream.end();
      return answerOf(stream).then(({ code }) => code);
    };
    // There is room for 64 messages of 10 000 bytes; each caller leaves six.
    const first = Array.from({ length: 9 }, fill);
    await until(() => started.calls.length === 9);
    assert.equal(await Promise.race([...Array.from({ length: 3 }, fill), ...first]), GRPC_CODE.RESOURCE_EXHAUSTED);
    started.begin();
    assert.deepEqual([...new Set(await Promise.all(first))], [0]);
    assert.deepEqual([...new Set(await Promise.all(Array.from({ length: 9 }, fill)))], [0]);
  });

  test('counts many small pieces for more than their bytes', async (t) => {
    const started = await startStreams(t, { maxMessageBytes: 1000 });
    const connection = await started.raw();
    connection.send(FRAME.HEADERS, END_HEADERS, 1, callHeaders(STREAM));
    for (let i = 0; i < 300; i++) connection.send(FRAME.DATA, 0, 1, Buffer.alloc(1));
    // There is room for 64 000 bytes. The handler answers nothing, so this is a refusal.
    await connection.until(({ type, streamId }) => type === FRAME.HEADERS && streamId === 1);
    await assert.rejects(started.calls[0]?.messages[Symbol.asyncIterator]().next() ?? Promise.resolve(), {
      code: GRPC_CODE.RESOURCE_EXHAUSTED,
    });
  });

  test('resets a stream without an error when its caller goes on after the end', async (t) => {
    const ending = async (call: StreamCall): Promise<void> => call.send(HELLO);
    const started = await start(t, createGrpcServer, { streams: new Map([[STREAM, ending]]) });
    const client = await started.plain();
    const stream = client.open({ ':path': STREAM });
    stream.write(frame(HELLO));
    const { code, rstCode, body } = await answerOf(stream);
    assert.deepEqual([code, rstCode, body.subarray(5).toString()], [0, 0, 'hello']);
  });

  test('resets the stream of a caller that does not take the last of its answer in time', async (t) => {
    const { promise, resolve } = Promise.withResolvers<AbortSignal>();
    const ending = async (call: StreamCall): Promise<void> => {
      void call.send(Buffer.alloc(100_000));
      resolve(call.signal);
    };
    const started = await start(t, createGrpcServer, { maxCallMs: 50, streams: new Map([[STREAM, ending]]) });
    const client = await started.plain({ initialWindowSize: 10 });
    const stream = client.open({ ':path': STREAM });
    stream.end();
    const signal = await promise;
    await until(() => signal.aborted);
  });

  test('says at the beginning of a drain which stream was the last that it took', async (t) => {
    const started = await startStreams(t);
    const connection = await started.raw();
    connection.send(FRAME.HEADERS, END_HEADERS, 1, callHeaders(STREAM));
    await until(() => started.calls.length === 1);
    const drained = started.server.drain(10);
    const { payload } = await connection.until(({ type }) => type === FRAME.GOAWAY);
    assert.deepEqual([payload.readUInt32BE(0), payload.readUInt32BE(4)], [1, 0]);
    await connection.until(({ type, streamId }) => type === FRAME.HEADERS && streamId === 1);
    await drained;
    started.begin();
  });
});
