import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import type { HeaderList } from '../../call/received.ts';
import { officialClient, type OfficialStream } from '../grpc/clients.fixture.ts';
import { GRPC_CODE } from '../grpc/grpc-error.ts';
import { createGrpcJsServer } from '../grpc/grpc-js-server.ts';
import type { GrpcServer } from '../grpc/grpc-server.ts';
import { createGrpcServer } from '../grpc/server.ts';
import {
  EVENTS,
  requestBody,
  requestHeaders,
  responseBody,
  responseHeaders,
  toldIn,
} from './envoy-messages.fixture.ts';
import { type FakeDoor, fakeDoor } from './process-door.fixture.ts';
import { createProcessHandler } from './process-handler.ts';

const PROCESS = '/envoy.service.ext_proc.v3.ExternalProcessor/Process';
const POST: HeaderList = [
  [':method', 'POST'],
  [':path', '/files'],
  [':authority', '127.0.0.1:8800'],
];
const EVENT = 'data: {"jsonrpc":"2.0","id":1,"result":{}}\n\n';

interface Served {
  readonly server: GrpcServer;
  readonly stream: () => OfficialStream;
}

/** The door on a Unix socket, by one of the engines, and the official client in front of it. */
async function served(t: TestContext, create: typeof createGrpcServer, door: FakeDoor): Promise<Served> {
  const folder = await mkdtemp(join(tmpdir(), 'process-'));
  const server = create({
    address: { kind: 'socket', path: join(folder, 'door/envoy.sock') },
    methods: new Map(),
    streams: new Map([[PROCESS, createProcessHandler({ ...door, wiring: 'inspect' })]]),
    maxMessageBytes: 1_000_000,
    onError: door.onError,
  });
  const client = officialClient(await server.listen());
  t.after(async () => {
    client.close();
    await server.drain(0);
    await rm(folder, { recursive: true });
  });
  return { server, stream: () => client.stream(PROCESS) };
}

async function until(stream: OfficialStream, count: number): Promise<readonly ReturnType<typeof toldIn>[]> {
  for (let turns = 0; stream.received.length < count && turns < 20_000; turns += 1) await nextTurn();
  return stream.received.map(toldIn);
}

for (const [engine, create] of [
  ['http2', createGrpcServer],
  ['grpc-js', createGrpcJsServer],
] as const) {
  suite(`createProcessHandler() served by ${engine}`, () => {
    test('carries an exchange with a stream of events from begin to end', async (t) => {
      const door = fakeDoor();
      const stream = (await served(t, create, door)).stream();
      stream.send(requestHeaders(POST, false));
      await until(stream, 1);
      stream.send(requestBody('{}'));
      await until(stream, 2);
      stream.send(responseHeaders(EVENTS, false));
      await until(stream, 3);
      stream.send(responseBody(EVENT, false));
      stream.send(responseBody('', true));
      const told = await until(stream, 5);
      assert.deepEqual(
        told.map(({ kind }) => kind),
        ['request_headers', 'request_body', 'response_headers', 'response_body', 'response_body'],
      );
      assert.deepEqual([told[3]?.text, told[4]?.endOfStream], [EVENT, true]);
      stream.halfClose();
      assert.equal((await stream.ended).code, GRPC_CODE.OK);
      assert.deepEqual(door.heard, ['intent', 'outcome answered']);
    });

    test('ends a refused one behind the refusal', async (t) => {
      const stream = (await served(t, create, fakeDoor())).stream();
      stream.send(requestHeaders(POST, false, { route: 'other' }));
      assert.equal((await stream.ended).code, GRPC_CODE.OK);
      assert.deepEqual(
        (await until(stream, 1)).map(({ kind, status }) => [kind, status]),
        [['immediate_response', 404]],
      );
    });

    test('never ends one with OK that is not at its end: half-closed, gone, or the service stops', async (t) => {
      const door = fakeDoor();
      const { server, stream } = await served(t, create, door);
      const [half, gone, left] = [stream(), stream(), stream()];
      for (const one of [half, gone, left]) {
        one.send(requestHeaders(POST, false));
        await until(one, 1);
      }
      half.halfClose();
      assert.equal((await half.ended).code, GRPC_CODE.CANCELLED);
      gone.cancel();
      assert.equal((await gone.ended).code, GRPC_CODE.CANCELLED);
      await server.drain(0);
      assert.equal((await left.ended).code, GRPC_CODE.UNAVAILABLE);
      assert.deepEqual(door.errors, []);
    });

    test('gives back what it held of a stream whose client goes', async (t) => {
      const door = fakeDoor({ server: { streamMaxAgeMs: 10_000, maxReplyBytes: 1_000_000 } });
      const stream = (await served(t, create, door)).stream();
      stream.send(requestHeaders(POST, false));
      stream.send(requestBody('{}'));
      stream.send(responseHeaders(EVENTS, false));
      await until(stream, 3);
      const event = `data: {"jsonrpc":"2.0","method":"n","params":{"a":"${'x'.repeat(60_000)}"}}\n\n`;
      for (let count = 0; count < 50; count += 1) stream.send(responseBody(event, false));
      await until(stream, 53);
      assert.equal(stream.received.length, 53);
      stream.cancel();
      await stream.ended;
      await pause(0);
      assert.equal(door.replies.held(), 0);
    });
  });
}
