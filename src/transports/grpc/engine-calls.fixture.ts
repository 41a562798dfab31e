import assert from 'node:assert/strict';
import { once } from 'node:events';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { answerOf, cut, ECHO, frame, prefixOf } from './clients.fixture.ts';
import { GRPC_CODE, GrpcError } from './grpc-error.ts';
import { type CreateServer, HELD, MAX_MESSAGE, start, until } from './started.fixture.ts';

const HELLO = Buffer.from('hello');
const FAILING = '/test.Service/Failing';

/** What every engine must do with single calls. */
export function testCalls(name: string, create: CreateServer): void {
  suite(`${name}: a call`, () => {
    test('is answered whatever its size', async (t) => {
      const client = (await start(t, create)).official();
      for (const size of [0, 1, 5000, MAX_MESSAGE]) {
        const { code, reply } = await client.call(ECHO, Buffer.alloc(size, 7));
        assert.deepEqual([code, reply?.length, reply?.every((byte) => byte === 7)], [0, size, true]);
      }
    });

    test('is read alike wherever its bytes are cut', async (t) => {
      const client = await (await start(t, create)).plain();
      const request = frame(Buffer.from('0123456789'));
      const places = fc.array(fc.nat(), { maxLength: 15 });
      await fc.assert(
        fc.asyncProperty(places, async (at) => {
          const { code, reply } = await client.send(cut(request, at));
          assert.deepEqual([code, reply?.toString()], [0, '0123456789']);
        }),
        { numRuns: 50 },
      );
    });

    test('reaches its handler with metadata and deadline', async (t) => {
      const started = await start(t, create);
      const metadata: [string, string][] = [
        ['x-one', 'a'],
        ['x-one', 'b'],
        ['x-two', 'c'],
      ];
      await started.official().call(ECHO, HELLO, { deadlineMs: 5000, metadata });
      const call = started.seen[0]?.call;
      const sent = call?.metadata
        .filter(([key]) => key.startsWith('x-'))
        .flatMap(([key, value]) => value.split(', ').map((one) => [key, one]));
      assert.deepEqual(sent, metadata);
      assert.ok(call?.deadlineMs !== undefined && call.deadlineMs > 4000 && call.deadlineMs <= 5000);
      assert.equal(call.signal.aborted, false);
    });

    test('without a deadline says so to its handler', async (t) => {
      const started = await start(t, create);
      await (await started.plain()).send([frame(HELLO)]);
      assert.equal(started.seen[0]?.call.deadlineMs, undefined);
    });

    test('ends with the status that its handler threw, whatever characters it has', async (t) => {
      const message = 'no: 100% “ünïcode”\r\n\u{1F600}\ud800';
      const failing = async (): Promise<never> => {
        throw new GrpcError(GRPC_CODE.PERMISSION_DENIED, message);
      };
      const client = (await start(t, create, { methods: new Map([[FAILING, failing]]) })).official();
      const { code, message: received } = await client.call(FAILING, HELLO);
      assert.deepEqual([code, received], [GRPC_CODE.PERMISSION_DENIED, message.toWellFormed()]);
    });

    test('is INTERNAL when its handler threw something else, whose text only the server hears', async (t) => {
      const failing = async (): Promise<never> => {
        throw new TypeError('secret');
      };
      const started = await start(t, create, { methods: new Map([[FAILING, failing]]) });
      const { code, message } = await started.official().call(FAILING, HELLO);
      assert.deepEqual([code, message], [GRPC_CODE.INTERNAL, 'internal error']);
      assert.match(String(started.errors), /secret/);
    });

    test('of an unknown method is UNIMPLEMENTED', async (t) => {
      const client = (await start(t, create)).official();
      for (const path of ['/test.Service/Other', '/Echo', '/__proto__/x', '/test.Service/Echo/']) {
        assert.equal((await client.call(path, HELLO)).code, GRPC_CODE.UNIMPLEMENTED);
      }
    });

    test('that is not gRPC is HTTP 415', async (t) => {
      const started = await start(t, create);
      const client = await started.plain();
      for (const type of ['application/json', 'text/plain', '']) {
        assert.equal((await client.send([frame(HELLO)], { 'content-type': type })).httpStatus, 415);
      }
      assert.equal(started.seen.length, 0);
    });

    test('may say which message format of gRPC it has', async (t) => {
      const client = await (await start(t, create)).plain();
      const answer = await client.send([frame(HELLO)], { 'content-type': 'application/grpc+proto' });
      assert.deepEqual([answer.httpStatus, answer.code, answer.reply?.toString()], [200, 0, 'hello']);
      assert.match(String(answer.headers['content-type']), /^application\/grpc/);
    });

    test('with a compressed message is UNIMPLEMENTED', async (t) => {
      const started = await start(t, create);
      const client = await started.plain();
      for (const encoding of ['gzip', 'deflate', 'br', 'identity, gzip']) {
        const { code } = await client.send([frame(HELLO, 1)], { 'grpc-encoding': encoding });
        assert.equal(code, GRPC_CODE.UNIMPLEMENTED, encoding);
      }
      assert.equal((await client.send([frame(HELLO)], { 'grpc-encoding': 'identity' })).code, 0);
      assert.equal(started.seen.length, 1);
    });

    test('with a malformed grpc-timeout is INTERNAL', async (t) => {
      const client = await (await start(t, create)).plain();
      for (const timeout of ['1', 'm', '1.5', 'S1']) {
        assert.equal(
          (await client.send([frame(HELLO)], { 'grpc-timeout': timeout })).code,
          GRPC_CODE.INTERNAL,
          timeout,
        );
      }
    });

    test('is DEADLINE_EXCEEDED when its time is over, and its handler is told', async (t) => {
      const started = await start(t, create);
      const client = await started.plain();
      const { code } = await client.send([frame(HELLO)], { ':path': HELD, 'grpc-timeout': '100m' });
      assert.equal(code, GRPC_CODE.DEADLINE_EXCEEDED);
      assert.equal(started.seen[0]?.call.signal.aborted, true);
      started.release();
      assert.equal((await client.send([frame(HELLO)])).code, 0);
    });

    test('has at most the time that the server gives it', async (t) => {
      const started = await start(t, create, { maxCallMs: 20 });
      const { code } = await started.official().call(HELD, HELLO);
      assert.equal(code, GRPC_CODE.DEADLINE_EXCEEDED);
      started.release();
    });

    test('that is too large is RESOURCE_EXHAUSTED', async (t) => {
      const started = await start(t, create);
      const { code } = await started.official().call(ECHO, Buffer.alloc(MAX_MESSAGE + 1));
      assert.equal(code, GRPC_CODE.RESOURCE_EXHAUSTED);
      assert.equal((await started.official().call(ECHO, HELLO)).code, 0);
      assert.equal(started.seen.length, 1);
    });

    test('is refused by the announced length, before the bytes are there', async (t) => {
      const client = await (await start(t, create)).plain();
      const stream = client.open();
      const answered = once(stream, 'response');
      stream.write(prefixOf(2 ** 32 - 1));
      assert.partialDeepStrictEqual(await answered, [{ 'grpc-status': `${GRPC_CODE.RESOURCE_EXHAUSTED}` }]);
    });

    test('with more than one message is UNIMPLEMENTED', async (t) => {
      const client = await (await start(t, create)).plain();
      const two = [frame(HELLO), frame(HELLO)];
      for (const chunks of [two, [Buffer.concat(two)], cut(Buffer.concat(two), [3, 12])]) {
        assert.equal((await client.send(chunks)).code, GRPC_CODE.UNIMPLEMENTED);
      }
    });

    test('without a message is UNIMPLEMENTED', async (t) => {
      const started = await start(t, create);
      const client = await started.plain();
      assert.equal((await client.send([])).code, GRPC_CODE.UNIMPLEMENTED);
      assert.equal(started.seen.length, 0);
    });

    test('that ends within a message is an error and reaches no handler', async (t) => {
      const started = await start(t, create);
      const client = await started.plain();
      for (const end of [1, 4, 5, 9]) {
        const { code } = await client.send([frame(HELLO).subarray(0, end)]);
        assert.ok(code > 0, String(end));
      }
      assert.equal(started.seen.length, 0);
    });

    test('reaches its handler only when the caller has said that it is whole', async (t) => {
      const started = await start(t, create);
      const client = await started.plain();
      const stream = client.open();
      const answer = answerOf(stream);
      stream.write(frame(HELLO));
      await client.send([frame(HELLO)]);
      assert.equal(started.seen.length, 1);
      stream.end();
      assert.equal((await answer).code, 0);
    });

    test('may end with trailers', async (t) => {
      const client = await (await start(t, create)).plain();
      const stream = client.session.request(
        { ':method': 'POST', ':path': ECHO, 'content-type': 'application/grpc' },
        { waitForTrailers: true },
      );
      stream.on('wantTrailers', () => stream.sendTrailers({ 'x-trailer': '1' }));
      stream.end(frame(HELLO));
      assert.equal((await answerOf(stream)).code, 0);
    });

    test('that is cancelled aborts its signal, and its late answer is dropped', async (t) => {
      const started = await start(t, create);
      const client = started.official();
      const { ended, cancel } = client.begin(HELD, HELLO);
      await until(() => started.seen.length === 1);
      cancel();
      assert.equal((await ended).code, GRPC_CODE.CANCELLED);
      await until(() => started.seen[0]?.call.signal.aborted === true);
      started.release();
      assert.equal((await client.call(ECHO, HELLO)).code, 0);
      assert.deepEqual(started.errors, []);
    });

    test('that was answered does not abort its signal', async (t) => {
      const started = await start(t, create);
      const client = started.official();
      const heard: AbortSignal[] = [];
      await client.call(ECHO, HELLO);
      heard.push(...started.seen.map(({ call }) => call.signal));
      await client.call(ECHO, HELLO);
      assert.deepEqual(
        heard.map(({ aborted }) => aborted),
        [false],
      );
    });
  });
}
