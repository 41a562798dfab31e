import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mock, suite, test, type TestContext } from 'node:test';
import { answerOf, ECHO, frame } from './clients.fixture.ts';
import { GRPC_CODE } from './grpc-error.ts';
import { createHealth } from './health.ts';
import { callHeaders, END_HEADERS, END_STREAM, FRAME, headerBlock } from './raw-frames.fixture.ts';
import { type CreateServer, HELD, start, until } from './started.fixture.ts';

const HELLO = Buffer.from('hello');

/** What every engine must do with connections. */
export function testConnections(name: string, create: CreateServer): void {
  suite(`${name}: a connection`, () => {
    test('carries many calls at once, answered in any order', async (t) => {
      const started = await start(t, create);
      const client = started.official();
      const held = Array.from({ length: 100 }, (_, index) => client.call(HELD, Buffer.from(`${index}`)));
      await until(() => started.seen.length === 100);
      assert.equal((await client.call(ECHO, HELLO)).code, 0);
      started.release();
      const replies = (await Promise.all(held)).map(({ reply }) => reply?.toString());
      assert.deepEqual(
        replies,
        Array.from({ length: 100 }, (_, index) => `${index}`),
      );
    });

    test('is told how many calls it may carry', async (t) => {
      const started = await start(t, create, { maxConcurrentStreams: 7 });
      const client = await started.plain();
      await until(() => client.session.remoteSettings.maxConcurrentStreams === 7);
    });

    test('with a slow reader does not hold up its other calls', async (t) => {
      const client = await (await start(t, create)).plain({ initialWindowSize: 1000 });
      const large = Buffer.alloc(200_000, 1);
      const stream = client.open();
      stream.pause();
      stream.end(frame(large));
      for (let i = 0; i < 5; i++) assert.equal((await client.send([frame(HELLO)])).code, 0);
      const answer = answerOf(stream);
      stream.resume();
      assert.equal((await answer).reply?.length, large.length);
    });

    test('survives callers that reset each stream after its answer, as Envoy does', async (t) => {
      const client = await (await start(t, create)).plain();
      for (let i = 0; i < 3000; i++) {
        const stream = client.open();
        stream.end(frame(HELLO));
        await new Promise((resolve) => stream.once('response', resolve));
        stream.close(8);
      }
      assert.equal((await client.send([frame(HELLO)])).code, 0);
      assert.equal(client.session.closed, false);
    });

    test('is closed when it resets more streams than it may', async (t) => {
      const started = await start(t, create, { streamResetBurst: 10, streamResetRate: 1 });
      const connection = await started.raw();
      await connection.until(({ type }) => type === FRAME.SETTINGS);
      for (let id = 1; id < 100; id += 2) {
        connection.send(FRAME.HEADERS, END_HEADERS, id, callHeaders(HELD));
        connection.send(FRAME.RST_STREAM, 0, id, Buffer.from([0, 0, 0, 8]));
      }
      await connection.until(({ type }) => type === FRAME.GOAWAY);
      assert.equal((await started.official().call(ECHO, HELLO)).code, 0);
    });

    test('that sends no HTTP/2 is closed', async (t) => {
      const started = await start(t, create);
      for (const bytes of ['GET / HTTP/1.1\r\nhost: a\r\n\r\n', '\0'.repeat(100), '{"jsonrpc":"2.0"}'.repeat(10)]) {
        const connection = await started.raw(false);
        connection.socket.write(bytes);
        await connection.closed;
      }
      assert.equal((await started.official().call(ECHO, HELLO)).code, 0);
    });

    test('with broken frames is closed, and no other', async (t) => {
      const started = await start(t, create);
      const client = started.official();
      const broken: readonly (readonly [type: number, flags: number, stream: number, payload: Uint8Array])[] = [
        [FRAME.DATA, 0, 0, HELLO],
        [FRAME.HEADERS, END_HEADERS, 2, callHeaders(ECHO)],
        [FRAME.HEADERS, END_HEADERS, 1, Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff])],
        [FRAME.SETTINGS, 0, 0, Buffer.alloc(5)],
        [FRAME.PING, 0, 0, Buffer.alloc(3)],
        [FRAME.CONTINUATION, END_HEADERS, 1, callHeaders(ECHO)],
        [FRAME.RST_STREAM, 0, 9, Buffer.from([0, 0, 0, 8])],
      ];
      for (const [type, flags, stream, payload] of broken) {
        const connection = await started.raw();
        await connection.until((frame_) => frame_.type === FRAME.SETTINGS);
        connection.send(type, flags, stream, payload);
        await connection.until((frame_) => frame_.type === FRAME.GOAWAY);
      }
      assert.equal((await client.call(ECHO, HELLO)).code, 0);
      assert.equal(started.seen.length, 1);
    });

    test('that breaks off within a call lets its handler know', async (t) => {
      const started = await start(t, create);
      const connection = await started.raw();
      connection.send(FRAME.HEADERS, END_HEADERS, 1, callHeaders(HELD));
      connection.send(FRAME.DATA, END_STREAM, 1, frame(HELLO));
      await until(() => started.seen.length === 1);
      const { signal } = started.seen[0]?.call ?? {};
      connection.socket.destroy();
      await until(() => signal?.aborted === true);
      started.release();
      assert.deepEqual(started.errors, []);
    });

    test('with huge headers serves none of the call and lives on', async (t) => {
      const started = await start(t, create);
      const client = await started.plain();
      const huge = client.open({ 'x-huge': 'a'.repeat(40_000) });
      huge.end(frame(HELLO));
      assert.ok((await answerOf(huge)).code !== 0);
      assert.equal(started.seen.length, 0);
      assert.equal((await started.official().call(ECHO, HELLO)).code, 0);
    });

    test('with endless headers is closed', async (t) => {
      const started = await start(t, create);
      const connection = await started.raw();
      const block = headerBlock([['x-a', 'b'.repeat(16_000)]]);
      connection.send(FRAME.HEADERS, 0, 1, block);
      for (let i = 0; i < 200; i++) connection.send(FRAME.CONTINUATION, 0, 1, block);
      await connection.closed;
      assert.equal((await started.official().call(ECHO, HELLO)).code, 0);
    });
  });

  suite(`${name}: whenAlone()`, () => {
    test('resolves when the last connection has closed, at once when there was none', async (t) => {
      const { server, official } = await start(t, create);
      await server.whenAlone();
      const [one, other] = [official(), official()];
      assert.equal((await one.call(ECHO, HELLO)).code, 0);
      assert.equal((await other.call(ECHO, HELLO)).code, 0);
      const isAlone = mock.fn();
      const alone = server.whenAlone().then(isAlone);
      one.close();
      assert.equal((await other.call(ECHO, HELLO)).code, 0);
      assert.equal(isAlone.mock.callCount(), 0);
      other.close();
      await alone;
    });
  });

  suite(`${name}: drain()`, () => {
    test('finishes the calls in progress and takes no new connection', async (t) => {
      const started = await start(t, create);
      const pending = started.official().call(HELD, HELLO);
      await until(() => started.seen.length === 1);
      const drained = started.server.drain(60_000);
      const refused = await started.official().call(ECHO, HELLO, { deadlineMs: 10_000 });
      assert.equal(refused.code, GRPC_CODE.UNAVAILABLE);
      started.release();
      assert.equal((await pending).code, 0);
      await drained;
    });

    test('answers what is left UNAVAILABLE, never OK', async (t) => {
      const started = await start(t, create);
      const pending = started.official().call(HELD, HELLO);
      await until(() => started.seen.length === 1);
      await started.server.drain(10);
      assert.equal((await pending).code, GRPC_CODE.UNAVAILABLE);
      assert.equal(started.seen[0]?.call.signal.aborted, true);
      started.release();
    });

    test('closes connections that do nothing', async (t) => {
      const started = await start(t, create);
      const client = await started.plain();
      const closed = new Promise((resolve) => client.session.once('close', resolve));
      await started.server.drain(10_000);
      await closed;
    });
  });

  suite(`${name}: listen() on a Unix socket`, () => {
    test('serves there, for its own user only', async (t) => {
      const path = join(folder(t), 'made', 'authz.sock');
      const started = await start(t, create, { address: { kind: 'socket', path } });
      assert.equal((await started.official().call(ECHO, HELLO)).code, 0);
      assert.deepEqual([statSync(path).mode & 0o777, statSync(join(path, '..')).mode & 0o777], [0o600, 0o700]);
      await started.server.drain(0);
      assert.equal(existsSync(path), false);
    });

    test('refuses a directory that others can reach', async (t) => {
      const directory = folder(t);
      chmodSync(directory, 0o750);
      await assert.rejects(start(t, create, { address: { kind: 'socket', path: join(directory, 'a.sock') } }), /0700/);
    });

    test('refuses to take the place of another server or of a file', async (t) => {
      const path = join(folder(t), 'a.sock');
      await start(t, create, { address: { kind: 'socket', path } });
      await assert.rejects(start(t, create, { address: { kind: 'socket', path } }), /another process/);
      const file = join(folder(t), 'a.sock');
      writeFileSync(file, '');
      await assert.rejects(start(t, create, { address: { kind: 'socket', path: file } }), /not a socket/);
    });

    test('refuses a path longer than the operating system takes, and a port that is taken', async (t) => {
      const path = join(folder(t), 'a'.repeat(100));
      await assert.rejects(start(t, create, { address: { kind: 'socket', path } }), /107 bytes/);
      const taken = createServer().listen(0, '127.0.0.1');
      t.after(() => taken.close());
      await new Promise((resolve) => taken.once('listening', resolve));
      const { port } = taken.address() as { port: number };
      await assert.rejects(
        start(t, create, { address: { kind: 'tcp', host: '127.0.0.1', port } }),
        /EADDRINUSE|already in use|bind/,
      );
    });
  });

  suite(`${name}: health`, () => {
    const CHECK = '/grpc.health.v1.Health/Check';

    test('follows what it was told', async (t) => {
      const health = createHealth(['a.B']);
      const client = (await start(t, create, { methods: health.methods })).official();
      const asked = async (request: Buffer): Promise<unknown> => {
        const { code, reply } = await client.call(CHECK, request);
        return [code, reply?.toString('hex')];
      };
      assert.deepEqual(await asked(Buffer.alloc(0)), [0, '0802']);
      health.setServing(true);
      assert.deepEqual(await asked(Buffer.alloc(0)), [0, '0801']);
      assert.deepEqual(await asked(Buffer.from('\n\x03a.B')), [0, '0801']);
      assert.deepEqual(await asked(Buffer.from('\n\x03x.Y')), [GRPC_CODE.NOT_FOUND, undefined]);
      assert.deepEqual(await asked(Buffer.from('\n\x09x')), [GRPC_CODE.INVALID_ARGUMENT, undefined]);
    });
  });
}

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'grpc-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}
