import assert from 'node:assert/strict';
import { suite, test, type TestContext } from 'node:test';
import fc from 'fast-check';
import { answerOf, cut, ECHO, frame, messagesOf, prefixOf } from './clients.fixture.ts';
import { GRPC_CODE, GrpcError } from './grpc-error.ts';
import type { StreamCall, StreamHandler } from './grpc-server.ts';
import { callHeaders, END_HEADERS, END_STREAM, FRAME, type RawConnection } from './raw-frames.fixture.ts';
import { type CreateServer, HELD, MAX_MESSAGE, start, type Started, until } from './started.fixture.ts';

const HELLO = Buffer.from('hello');
const STREAM = '/test.Service/Stream';

const echoAll: StreamHandler = async (call) => {
  for await (const message of call.messages) await call.send(message);
};

/** How reading its messages went for a handler. */
interface Reading {
  readonly call: StreamCall;
  readonly read: string[];
  /** Status that `messages` threw. */
  threw: number | undefined;
  done: boolean;
}

/** A server whose stream reads all, once `begin` resolves, and notes it. */
async function startReader(
  t: TestContext,
  create: CreateServer,
  begin: Promise<unknown> = Promise.resolve(),
): Promise<Started & { readonly readings: Reading[] }> {
  const readings: Reading[] = [];
  const read: StreamHandler = async (call) => {
    const reading: Reading = { call, read: [], threw: undefined, done: false };
    readings.push(reading);
    await begin;
    try {
      for await (const message of call.messages) reading.read.push(Buffer.from(message).toString());
    } catch (error) {
      reading.threw = error instanceof GrpcError ? error.code : -1;
    }
    reading.done = true;
  };
  return { ...(await start(t, create, { streams: new Map([[STREAM, read]]) })), readings };
}

async function startStream(t: TestContext, create: CreateServer, handler: StreamHandler): Promise<Started> {
  return start(t, create, { streams: new Map([[STREAM, handler]]) });
}

/** What every engine must do with streams of messages. */
export function testStreams(name: string, create: CreateServer): void {
  suite(`${name}: a stream`, () => {
    test('carries messages of any size both ways', async (t) => {
      const stream = (await startStream(t, create, echoAll)).official().stream(STREAM);
      const sizes = [0, 1, 5000, 70_000, MAX_MESSAGE, 0, 3];
      for (const size of sizes) stream.send(Buffer.alloc(size, 7));
      stream.halfClose();
      assert.equal((await stream.ended).code, 0);
      assert.deepEqual(
        stream.received.map(({ length }) => length),
        sizes,
      );
    });

    test('is read alike wherever its bytes are cut', async (t) => {
      const client = await (await startStream(t, create, echoAll)).plain();
      const messages = fc.array(fc.string({ maxLength: 40 }), { maxLength: 8 });
      await fc.assert(
        fc.asyncProperty(messages, fc.array(fc.nat(), { maxLength: 15 }), async (sent, places) => {
          const bytes = Buffer.concat(sent.map((text) => frame(Buffer.from(text))));
          const { code, body } = await client.send(cut(bytes, places), { ':path': STREAM });
          assert.deepEqual([code, messagesOf(body).map(String)], [0, sent]);
        }),
        { numRuns: 50 },
      );
    });

    test('may have thousands of messages in one frame', async (t) => {
      const started = await startReader(t, create);
      const client = await started.plain();
      const { code } = await client.send([Buffer.alloc(5 * 20_000)], { ':path': STREAM });
      assert.deepEqual([code, started.readings[0]?.read.length], [0, 20_000]);
    });

    test('tells its handler metadata and deadline', async (t) => {
      const started = await startReader(t, create);
      const stream = started.official().stream(STREAM, { deadlineMs: 5000, metadata: [['x-one', 'a']] });
      stream.halfClose();
      await stream.ended;
      const call = started.readings[0]?.call;
      assert.ok(call?.deadlineMs !== undefined && call.deadlineMs > 4000 && call.deadlineMs <= 5000);
      assert.ok(call.metadata.some(([key, value]) => key === 'x-one' && value === 'a'));
    });

    test('reaches its handler before it has a message, and may be answered then', async (t) => {
      const stream = (
        await startStream(t, create, async (call) => {
          await call.send(HELLO);
          await echoAll(call);
        })
      )
        .official()
        .stream(STREAM);
      await until(() => stream.received.length === 1);
      stream.send(Buffer.from('more'));
      await until(() => stream.received.length === 2);
      stream.halfClose();
      assert.equal((await stream.ended).code, 0);
      assert.deepEqual(stream.received.map(String), ['hello', 'more']);
    });

    test('goes on after its caller has half-closed', async (t) => {
      const stream = (
        await startStream(t, create, async (call) => {
          const read = await Array.fromAsync(call.messages);
          for (const message of [...read, ...read]) await call.send(message);
        })
      )
        .official()
        .stream(STREAM);
      stream.send(HELLO);
      stream.halfClose();
      assert.equal((await stream.ended).code, 0);
      assert.deepEqual(stream.received.map(String), ['hello', 'hello']);
    });

    test('may end before its caller has half-closed', async (t) => {
      const started = await startStream(t, create, async (call) => {
        await call.send(HELLO);
      });
      const client = started.official();
      const streams = Array.from({ length: 50 }, () => client.stream(STREAM));
      for (const stream of streams) stream.send(Buffer.alloc(100_000));
      const codes = (await Promise.all(streams.map(({ ended }) => ended))).map(({ code }) => code);
      assert.deepEqual([...new Set(codes)], [0]);
      assert.equal((await client.call(ECHO, Buffer.alloc(500_000))).code, 0);
    });

    test('may be read in several loops, by one reader at a time', async (t) => {
      const read: string[] = [];
      const stream = (
        await startStream(t, create, async ({ messages }) => {
          for await (const message of messages) {
            read.push(Buffer.from(message).toString());
            break;
          }
          const reader = messages[Symbol.asyncIterator]();
          const first = reader.next();
          await assert.rejects(reader.next(), /one reader/);
          read.push(Buffer.from((await first).value ?? []).toString());
          for await (const message of messages) read.push(Buffer.from(message).toString());
        })
      )
        .official()
        .stream(STREAM);
      for (const text of ['a', 'b', 'c', 'd']) stream.send(Buffer.from(text));
      stream.halfClose();
      assert.equal((await stream.ended).code, 0);
      assert.deepEqual(read, ['a', 'b', 'c', 'd']);
    });

    test('ends with the status that its handler threw, after what it sent', async (t) => {
      const stream = (
        await startStream(t, create, async (call) => {
          await call.send(HELLO);
          throw new GrpcError(GRPC_CODE.PERMISSION_DENIED, 'no: 100% “ünïcode”');
        })
      )
        .official()
        .stream(STREAM);
      const { code, message } = await stream.ended;
      assert.deepEqual([code, message], [GRPC_CODE.PERMISSION_DENIED, 'no: 100% “ünïcode”']);
      assert.deepEqual(stream.received.map(String), ['hello']);
    });

    test('is INTERNAL when its handler threw something else, whose text only the server hears', async (t) => {
      const started = await startStream(t, create, async (call) => {
        await call.messages[Symbol.asyncIterator]().next();
        throw new TypeError('secret');
      });
      const stream = started.official().stream(STREAM);
      stream.send(HELLO);
      const { code, message } = await stream.ended;
      assert.deepEqual([code, message], [GRPC_CODE.INTERNAL, 'internal error']);
      assert.match(String(started.errors), /secret/);
    });

    test('takes no harm from a message that is sent after its end', async (t) => {
      const calls: StreamCall[] = [];
      const started = await startStream(t, create, async (call) => {
        calls.push(call);
        await call.send(HELLO);
      });
      const stream = started.official().stream(STREAM);
      stream.halfClose();
      assert.equal((await stream.ended).code, 0);
      await Promise.all(calls.map((call) => call.send(HELLO)));
      assert.deepEqual([stream.received.length, started.errors], [1, []]);
    });

    test('with compressed messages is UNIMPLEMENTED', async (t) => {
      const started = await startReader(t, create);
      const client = await started.plain();
      const { code } = await client.send([frame(HELLO, 1)], { ':path': STREAM, 'grpc-encoding': 'gzip' });
      assert.deepEqual([code, started.readings.length], [GRPC_CODE.UNIMPLEMENTED, 0]);
    });

    test('with a message that is too large is RESOURCE_EXHAUSTED', async (t) => {
      const started = await startReader(t, create);
      const client = await started.plain();
      const sent = Buffer.concat([frame(HELLO), prefixOf(MAX_MESSAGE + 1), HELLO]);
      assert.equal((await client.send([sent], { ':path': STREAM })).code, GRPC_CODE.RESOURCE_EXHAUSTED);
      await until(() => started.readings[0]?.done === true);
      assert.ok(started.readings[0]?.threw);
    });

    test('that ends within a message is INTERNAL', async (t) => {
      const started = await startReader(t, create);
      const client = await started.plain();
      for (const end of [1, 4, 5, 9]) {
        const sent = Buffer.concat([frame(Buffer.from('whole')), frame(HELLO).subarray(0, end)]);
        assert.equal((await client.send([sent], { ':path': STREAM })).code, GRPC_CODE.INTERNAL, String(end));
      }
      await until(() => started.readings.every(({ done }) => done));
      assert.ok(started.readings.every(({ threw }) => threw !== undefined));
    });
  });

  suite(`${name}: the time of a stream`, () => {
    test('has no limit but its deadline', async (t) => {
      const started = await start(t, create, { maxCallMs: 20, streams: new Map([[STREAM, echoAll]]) });
      const client = started.official();
      const stream = client.stream(STREAM);
      stream.send(HELLO);
      assert.equal((await client.call(HELD, HELLO)).code, GRPC_CODE.DEADLINE_EXCEEDED);
      stream.send(HELLO);
      stream.halfClose();
      assert.equal((await stream.ended).code, 0);
      started.release();
    });

    test('ends with its deadline, for one who reads and one who does not', async (t) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      for (const begin of [Promise.resolve(), promise]) {
        const started = await startReader(t, create, begin);
        const client = await started.plain();
        const stream = client.open({ ':path': STREAM, 'grpc-timeout': '150m' });
        const answer = answerOf(stream);
        stream.write(frame(HELLO));
        await new Promise((heard) => stream.once('response', heard));
        stream.end();
        assert.equal((await answer).code, GRPC_CODE.DEADLINE_EXCEEDED);
        await until(() => started.readings[0]?.call.signal.aborted === true);
        resolve();
        await until(() => started.readings[0]?.done === true);
        const { read, threw } = started.readings[0] ?? {};
        assert.deepEqual([read, threw], [['hello'], GRPC_CODE.DEADLINE_EXCEEDED]);
      }
    });

    test('ends with its deadline for one who waits to send more', async (t) => {
      let sent = 0;
      const started = await startStream(t, create, async (call) => {
        for (; !call.signal.aborted; sent++) await call.send(Buffer.alloc(50_000));
      });
      const client = await started.plain({ initialWindowSize: 1000 });
      const stream = client.open({ ':path': STREAM, 'grpc-timeout': '30m' });
      stream.pause();
      const before = await new Promise<number>((resolve) => stream.once('response', () => resolve(sent)));
      await until(() => sent > before);
      assert.ok(sent < 20);
      stream.destroy();
    });
  });

  suite(`${name}: a caller who goes`, () => {
    test('lets its handler have what came whole, then CANCELLED', async (t) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const started = await startReader(t, create, promise);
      const connection = await started.raw();
      connection.send(FRAME.HEADERS, END_HEADERS, 1, callHeaders(STREAM));
      connection.send(FRAME.DATA, 0, 1, Buffer.concat([frame(HELLO), frame(HELLO)]));
      await settled(started, () => started.readings.length);
      connection.send(FRAME.RST_STREAM, 0, 1, Buffer.from([0, 0, 0, 8]));
      await until(() => started.readings[0]?.call.signal.aborted === true);
      resolve();
      await until(() => started.readings[0]?.done === true);
      const { read, threw, call } = started.readings[0] ?? {};
      assert.deepEqual([read, threw], [['hello', 'hello'], GRPC_CODE.CANCELLED]);
      await call?.send(HELLO);
      assert.deepEqual(started.errors, []);
    });

    test('by cancelling lets the handler know, and others be', async (t) => {
      const started = await startReader(t, create);
      const client = started.official();
      const stream = client.stream(STREAM);
      stream.send(HELLO);
      await until(() => started.readings[0]?.read.length === 1);
      stream.cancel();
      await until(() => started.readings[0]?.done === true);
      assert.deepEqual([(await client.call(ECHO, HELLO)).code, started.errors], [0, []]);
    });

    test('is noticed whatever he says of why, also when his messages are not read', async (t) => {
      for (const code of [0, 2, 8]) {
        for (const size of [10, 200_000]) {
          const { promise, resolve } = Promise.withResolvers<void>();
          const started = await startReader(t, create, promise);
          const client = await started.plain();
          const stream = client.open({ ':path': STREAM });
          await new Promise((sent) => stream.write(frame(Buffer.alloc(size)), sent));
          await until(() => started.readings.length === 1);
          stream.close(code);
          await until(() => started.readings[0]?.call.signal.aborted === true);
          resolve();
          await until(() => started.readings[0]?.done === true);
          assert.equal(started.readings[0]?.threw, GRPC_CODE.CANCELLED);
        }
      }
    });

    test('with his connection is noticed too', async (t) => {
      const started = await startReader(t, create);
      const connection = await started.raw();
      connection.send(FRAME.HEADERS, END_HEADERS, 1, callHeaders(STREAM));
      connection.send(FRAME.DATA, 0, 1, Buffer.concat([frame(HELLO), frame(HELLO).subarray(0, 7)]));
      await until(() => started.readings[0]?.read.length === 1);
      connection.socket.destroy();
      await until(() => started.readings[0]?.done === true);
      assert.equal(started.readings[0]?.threw, GRPC_CODE.CANCELLED);
    });

    test('may half-close and reset thousands of streams at once, as Envoy does', async (t) => {
      const started = await startReader(t, create);
      const connection = await started.raw();
      let id = 1;
      for (let batch = 0; batch < 10; batch++) {
        for (let i = 0; i < 500; i++, id += 2) resetAtOnce(connection, id);
        await echoes(connection, id);
        id += 2;
      }
      await until(() => started.readings.every(({ done }) => done));
      assert.deepEqual([started.readings.length, started.errors], [5000, []]);
    });

    test('may do so faster than Node closes them', async (t) => {
      const started = await startReader(t, create);
      const connection = await started.raw();
      for (let id = 1; id < 6000; id += 2) resetAtOnce(connection, id);
      await settled(started, () => started.readings.length);
      await echoes(connection, 6001);
      await until(() => started.readings.every(({ done }) => done));
    });

    test('may do so after each answer', async (t) => {
      const started = await startStream(t, create, echoAll);
      const client = await started.plain();
      for (let i = 0; i < 2000; i++) {
        const stream = client.open({ ':path': STREAM });
        stream.write(frame(HELLO));
        await new Promise((resolve) => stream.once('data', resolve));
        stream.end();
        stream.close(8);
      }
      assert.deepEqual([(await client.send([frame(HELLO)])).code, started.errors], [0, []]);
      assert.equal(client.session.closed, false);
    });
  });

  suite(`${name}: a slow reader of a stream`, () => {
    test('at the server holds up its caller, and gets all in the end', async (t) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const started = await startReader(t, create, promise);
      const client = await started.plain();
      const stream = client.open({ ':path': STREAM });
      const answer = answerOf(stream);
      let taken = 0;
      for (let i = 0; i < 500; i++) stream.write(frame(Buffer.alloc(20_000)), () => taken++);
      stream.end();
      const held = await settled(started, () => taken);
      assert.ok(held * 20_000 < 1_500_000, String(held));
      resolve();
      assert.equal((await answer).code, 0);
      assert.equal(started.readings[0]?.read.length, 500);
    });

    test('at the other side holds up the handler, and gets all in the end', async (t) => {
      let sent = 0;
      const started = await startStream(t, create, async (call) => {
        for (; sent < 500; sent++) await call.send(Buffer.alloc(20_000));
      });
      const client = await started.plain({ initialWindowSize: 100_000 });
      const stream = client.open({ ':path': STREAM });
      stream.end();
      await new Promise((resolve) => stream.once('response', resolve));
      const held = await settled(started, () => sent);
      assert.ok(held * 20_000 < 1_500_000, String(held));
      const answer = answerOf(stream);
      assert.equal(messagesOf((await answer).body).length, 500);
      assert.equal((await answer).code, 0);
    });
  });

  suite(`${name}: drain() with streams`, () => {
    test('lets those end that do so in time', async (t) => {
      const started = await startStream(t, create, echoAll);
      const stream = started.official().stream(STREAM);
      stream.send(HELLO);
      await until(() => stream.received.length === 1);
      const drained = started.server.drain(60_000);
      stream.send(HELLO);
      await until(() => stream.received.length === 2);
      stream.halfClose();
      assert.equal((await stream.ended).code, 0);
      await drained;
    });

    test('ends the others UNAVAILABLE, never OK', async (t) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      for (const begin of [Promise.resolve(), promise]) {
        const started = await startReader(t, create, begin);
        const stream = started.official().stream(STREAM);
        stream.send(HELLO);
        await until(() => started.readings.length === 1);
        await started.server.drain(10);
        assert.equal((await stream.ended).code, GRPC_CODE.UNAVAILABLE);
        await until(() => started.readings[0]?.call.signal.aborted === true);
        resolve();
        await until(() => started.readings[0]?.done === true);
        assert.equal(started.readings[0]?.threw, GRPC_CODE.UNAVAILABLE);
      }
    });
  });
}

/** A call that is half-closed and reset before it can be answered. */
function resetAtOnce(connection: RawConnection, id: number): void {
  connection.send(FRAME.HEADERS, END_HEADERS, id, callHeaders(STREAM));
  connection.send(FRAME.DATA, 0, id, frame(HELLO));
  connection.send(FRAME.DATA, END_STREAM, id);
  connection.send(FRAME.RST_STREAM, 0, id, Buffer.from([0, 0, 0, 8]));
}

/** Resolves when a call on the connection was answered. */
async function echoes(connection: RawConnection, id: number): Promise<void> {
  connection.send(FRAME.HEADERS, END_HEADERS, id, callHeaders(ECHO));
  connection.send(FRAME.DATA, END_STREAM, id, frame(HELLO));
  await connection.until(({ type, streamId }) => type === FRAME.DATA && streamId === id);
}

/** What `value` is once it stays the same while other calls come and go. */
async function settled(started: Started, value: () => number): Promise<number> {
  const client = started.official();
  for (let before = -1; before !== value(); ) {
    before = value();
    for (let i = 0; i < 30; i++) await client.call(ECHO, HELLO);
  }
  return value();
}
