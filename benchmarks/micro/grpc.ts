/**
 * What a gRPC call costs on each engine, and what the codecs of ext_authz cost, in turns in one process.
 *
 * The calls go over a Unix socket, 64 at a time. Their CPU time holds that of the client too, the same bare node:http2 for all;
 * the first variant has nothing but that and a bare node:http2 server, so what an engine adds is the difference to it.
 *
 * Bars: `http2` adds at most half of what `grpc-js` adds; reading a 2 KB CheckRequest ≤ 4 µs; writing a reply ≤ 2 µs.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { type ClientHttp2Session, connect, createServer, type ServerHttp2Stream } from 'node:http2';
import { connect as connectSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ENVOY_CHECK } from '../../src/transports/ext-authz/check-requests.fixture.ts';
import { encodeCheckRequest, oracleCheckRequest } from '../../src/transports/ext-authz/protobuf-oracle.fixture.ts';
import { readCheckRequest } from '../../src/transports/ext-authz/read-check-request.ts';
import { writeDenied, writeOk } from '../../src/transports/ext-authz/write-check-response.ts';
import { frame } from '../../src/transports/grpc/clients.fixture.ts';
import { createGrpcJsServer } from '../../src/transports/grpc/grpc-js-server.ts';
import type { GrpcServer, GrpcServerOptions } from '../../src/transports/grpc/grpc-server.ts';
import { createGrpcServer } from '../../src/transports/grpc/server.ts';
import { measure, printMeasured } from '../measure.ts';

const AT_ONCE = 64;
const PATH = '/envoy.service.auth.v3.Authorization/Check';
const REPLY = writeOk({ headers: [], headersToRemove: ['authorization'], metadata: new Map([['reply', 'pass']]) });
const request = encodeCheckRequest(ENVOY_CHECK);
const framed = frame(request);

const folder = await mkdtemp(join(tmpdir(), 'grpc-bench-'));
const bare = await bareServer(join(folder, 'bare.sock'));
const engines = await Promise.all([engine('http2', createGrpcServer), engine('grpc-js', createGrpcJsServer)]);

const noop = await measure(
  [
    { name: 'client and server of HTTP/2 alone', run: () => batch(bare.session) },
    ...engines.map(({ name, session }) => ({ name: `no-op on ${name}`, run: () => batch(session) })),
  ],
  { rounds: 15, roundMs: 200 },
);
const perCall = noop.map((one) => ({ ...one, cpuMicros: one.cpuMicros / AT_ONCE }));
printMeasured(`a call with a request of ${request.length} bytes`, perCall);

const codecs = await measure([
  { name: 'readCheckRequest()', run: () => readCheckRequest(request) },
  { name: '@grpc/proto-loader and its mapping', run: () => oracleCheckRequest(request) },
]);
printMeasured(`reading a CheckRequest of ${request.length} bytes`, codecs);

const body = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  result: { isError: true, content: [{ type: 'text', text: 'no' }] },
});
const metadata = new Map([
  ['decision_id', '01920000-0000-7000-8000-000000000000'],
  ['reply', 'pass'],
  ['verdict', 'refused'],
]);
printMeasured(
  'writing a CheckResponse',
  await measure([
    {
      name: 'writeOk()',
      run: () => writeOk({ headers: [['x-a', 'b']], headersToRemove: ['authorization'], metadata }),
    },
    {
      name: 'writeDenied()',
      run: () => writeDenied({ httpStatus: 200, headers: [['content-type', 'application/json']], body, metadata }),
    },
  ]),
);

for (const { session } of [bare, ...engines]) session.destroy();
await Promise.all([...engines.map(({ server }) => server.drain(100)), bare.close()]);
await rm(folder, { recursive: true });

interface Engine {
  readonly name: string;
  readonly server: GrpcServer;
  readonly session: ClientHttp2Session;
}

async function engine(name: string, create: (options: GrpcServerOptions) => GrpcServer): Promise<Engine> {
  const path = join(folder, `${name}.sock`);
  const methods = new Map([[PATH, async () => REPLY]]);
  const server = create({
    address: { kind: 'socket', path },
    methods,
    maxMessageBytes: 4_000_000,
    onError: console.error,
  });
  await server.listen();
  return { name, server, session: open(path) };
}

/** Answers the same bytes without looking at anything: the floor. */
async function bareServer(path: string): Promise<{ session: ClientHttp2Session; close(): Promise<void> }> {
  const answer = (stream: ServerHttp2Stream): void => {
    stream.on('data', () => {});
    stream.on('end', () => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end(frame(REPLY));
    });
  };
  const server = createServer().on('session', (session) => session.on('stream', answer));
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return { session: open(path), close: () => new Promise((resolve) => server.close(() => resolve())) };
}

function open(path: string): ClientHttp2Session {
  return connect('http://service', { createConnection: () => connectSocket(path) });
}

/** Calls at once, all of which must end OK. */
async function batch(session: ClientHttp2Session): Promise<void> {
  await Promise.all(Array.from({ length: AT_ONCE }, () => call(session)));
}

function call(session: ClientHttp2Session): Promise<void> {
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ':method': 'POST',
      ':path': PATH,
      'content-type': 'application/grpc',
      'te': 'trailers',
      'grpc-timeout': '250m',
    });
    stream.on('trailers', (trailers) => {
      if (trailers['grpc-status'] === '0') resolve();
      else reject(new Error(`grpc-status ${String(trailers['grpc-status'])}`));
    });
    stream.on('error', reject);
    stream.resume();
    stream.end(framed);
  });
}
