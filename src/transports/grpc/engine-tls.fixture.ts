import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect as connectTcp, type Socket } from 'node:net';
import { suite, test, type TestContext } from 'node:test';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { type Authority, type CertificateTraits, makeAuthority } from '../proxy/certificates.fixture.ts';
import { answerOf, type ClientTls, ECHO, frame } from './clients.fixture.ts';
import type { GrpcServerOptions, TlsAddress } from './grpc-server.ts';
import { callHeaders, END_HEADERS, END_STREAM, FRAME, rawFrames } from './raw-frames.fixture.ts';
import { type CreateServer, HELD, start, type Started, until } from './started.fixture.ts';

const HELLO = Buffer.from('hello');
const STREAM = '/test.Service/Stream';
const ENVOY = 'spiffe://acme/ns/edge/envoy';

interface TlsStarted extends Started {
  readonly authority: Authority;
  readonly port: number;
  /** A client with a certificate of the server's authority, or of another one. */
  client(names: readonly string[], traits?: CertificateTraits, by?: Authority): ClientTls;
}

async function startTls(
  t: TestContext,
  create: CreateServer,
  clients: readonly string[] = [ENVOY],
): Promise<TlsStarted> {
  const authority = makeAuthority('clients');
  const { cert, key } = authority.issue('server', ['dns:localhost', 'ip:127.0.0.1']);
  const tls = { cert, key, clientCa: authority.ca };
  const address: TlsAddress = { kind: 'tls', host: '127.0.0.1', port: 0, tls, clients };
  const streams: GrpcServerOptions['streams'] = new Map([
    [
      STREAM,
      async (call) => {
        for await (const message of call.messages) await call.send(message);
      },
    ],
  ]);
  const started = await start(t, create, { address, streams });
  return {
    ...started,
    authority,
    port: portOf(started),
    client: (names, traits, by = authority) => ({ ca: authority.ca, ...by.issue('client', names, traits) }),
  };
}

function portOf({ address }: Started): number {
  return address.kind === 'socket' ? 0 : address.port;
}

/** Asks at once, and resolves when the server has closed the connection, with the number of its answers. */
async function knock(started: TlsStarted, options: ConnectionOptions): Promise<number> {
  const connection = rawFrames(secure(started, options));
  connection.send(FRAME.HEADERS, END_HEADERS, 1, callHeaders(ECHO));
  connection.send(FRAME.DATA, END_STREAM, 1, frame(HELLO));
  await connection.closed;
  return connection.frames.filter(({ streamId }) => streamId === 1).length;
}

function secure({ port, authority }: TlsStarted, options: ConnectionOptions): TLSSocket {
  const socket = connect({ port, host: '127.0.0.1', ca: authority.ca, ALPNProtocols: ['h2'], ...options });
  socket.on('error', () => {});
  return socket.resume();
}

function closed(socket: Socket): Promise<unknown> {
  return new Promise((resolve) => socket.once('close', resolve));
}

/** What every engine must do with TLS. */
export function testTls(name: string, create: CreateServer): void {
  suite(`${name}: TLS`, () => {
    test('serves who shows the right certificate', async (t) => {
      const started = await startTls(t, create, ['spiffe://acme/other', ENVOY]);
      for (const traits of [{}, { keyUsage: 0x80 }, { purposes: ['server', 'client'] as const }]) {
        const client = started.official(started.client([`uri:${ENVOY}`, 'dns:envoy.acme'], traits));
        assert.equal((await client.call(ECHO, HELLO)).reply?.toString(), 'hello');
        const stream = client.stream(STREAM);
        stream.send(HELLO);
        stream.halfClose();
        assert.deepEqual([(await stream.ended).code, stream.received.map(String)], [0, ['hello']]);
      }
    });

    test('closes the connection of everybody else before a stream is served', async (t) => {
      const started = await startTls(t, create);
      const other = makeAuthority('clients');
      const right = `uri:${ENVOY}`;
      const wrong: readonly (readonly [string, Partial<ClientTls>])[] = [
        ['no certificate', {}],
        ['of another authority', started.client([right], {}, other)],
        ['of another id', started.client(['uri:spiffe://acme/ns/edge/agent'])],
        ['of an id below', started.client([`${right}/x`])],
        ['of an id above', started.client(['uri:spiffe://acme/ns/edge'])],
        ['of the same path elsewhere', started.client(['uri:spiffe://acme.example/ns/edge/envoy'])],
        ['of no id', started.client(['dns:localhost'])],
        ['its id as a host name', started.client([`dns:${ENVOY}`])],
        ['its id within a host name', started.client([`dns:a, URI:${ENVOY}, b`])],
        ['two ids', started.client([right, 'uri:spiffe://acme/other'])],
        ['the right id twice', started.client([right, right])],
        ['another URI beside it', started.client([right, 'uri:https://acme.example/'])],
        ['that of an authority', started.client([right], { isCa: true })],
        ['that may sign certificates', started.client([right], { keyUsage: 0x84 })],
        ['that may sign revocations', started.client([right], { keyUsage: 0x82 })],
        ['expired', started.client([right], { endsInMs: -60_000 })],
        ['not valid yet', started.client([right], { beginsInMs: 3_600_000 })],
        ['for servers alone', started.client([right], { purposes: ['server'] })],
      ];
      for (const [what, tls] of wrong) assert.equal(await knock(started, tls), 0, what);
      assert.equal(started.seen.length, 0);
      const client = started.official(started.client([right]));
      assert.deepEqual([(await client.call(ECHO, HELLO)).code, started.errors], [0, []]);
    });

    test('takes nobody in when it names nobody', async (t) => {
      const started = await startTls(t, create, []);
      assert.equal(await knock(started, started.client([`uri:${ENVOY}`])), 0);
    });

    test('is refused for names that are no SPIFFE ids', () => {
      const tls = { cert: '', key: '', clientCa: '' };
      for (const id of [
        '',
        'envoy',
        'spiffe://acme',
        'spiffe://acme/',
        'spiffe://acme/a/../b',
        'spiffe://acme/*',
        `${ENVOY} `,
      ]) {
        const address: TlsAddress = { kind: 'tls', host: '127.0.0.1', port: 0, tls, clients: [id] };
        assert.throws(
          () => create({ address, methods: new Map(), maxMessageBytes: 1, onError: () => {} }),
          /not a SPIFFE id/,
          id,
        );
      }
    });

    test('is of version 1.2 at least and HTTP/2 alone', async (t) => {
      const started = await startTls(t, create);
      const right = started.client([`uri:${ENVOY}`]);
      const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
      for (const options of [old, { ALPNProtocols: ['http/1.1'] }, { ALPNProtocols: [] }]) {
        const socket = secure(started, { ...right, ...options });
        socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
        await closed(socket);
      }
      const socket = secure(started, { ...right, maxVersion: 'TLSv1.2' });
      await once(socket, 'secureConnect');
      assert.deepEqual([socket.alpnProtocol, socket.getProtocol()], ['h2', 'TLSv1.2']);
      socket.destroy();
    });

    test('resumes no session', async (t) => {
      const started = await startTls(t, create);
      const right = started.client([`uri:${ENVOY}`]);
      for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
        const first = secure(started, { ...right, maxVersion });
        let session: Buffer | undefined;
        first.on('session', (given: Buffer) => (session = given));
        await once(first, 'secureConnect');
        // The SETTINGS of the server come after whatever tickets it gives.
        await once(first, 'data');
        session ??= first.getSession();
        first.destroy();
        const second = secure(started, { ...right, maxVersion, ...(session && { session }) });
        await once(second, 'secureConnect');
        assert.equal(second.isSessionReused(), false);
        second.destroy();
      }
    });

    test('shows another certificate and takes those of other authorities when it is renewed', async (t) => {
      const started = await startTls(t, create);
      const right = `uri:${ENVOY}`;
      const old = started.client([right]);
      const before = started.official(old);
      assert.equal((await before.call(ECHO, HELLO)).code, 0);
      const other = makeAuthority('others');
      const { cert, key } = other.issue('server', ['dns:localhost', 'ip:127.0.0.1']);
      started.server.renew({ cert, key, clientCa: other.ca });
      const renewed = { ca: other.ca, ...other.issue('client', [right]) };
      assert.equal((await started.official(renewed).call(ECHO, HELLO)).code, 0);
      assert.equal(await knock(started, { ...old, ca: other.ca }), 0);
      assert.equal(await knock(started, { ca: other.ca, ...other.issue('client', ['uri:spiffe://acme/other']) }), 0);
      assert.equal((await before.call(ECHO, HELLO)).code, 0, 'connections that are there stay');
      assert.throws(() => started.server.renew({ cert: started.authority.ca, key, clientCa: other.ca }));
      assert.equal((await started.official(renewed).call(ECHO, HELLO)).code, 0);
    });

    test('lets a connection end when the certificate of its peer does', async (t) => {
      const started = await startTls(t, create);
      const tls = started.client([`uri:${ENVOY}`], { endsInMs: 3000 });
      const session = connectHttp2(`https://127.0.0.1:${started.port}`, { ...tls, servername: 'localhost' });
      t.after(() => session.destroy());
      const stream = session.request({ ':method': 'POST', ':path': HELD, 'content-type': 'application/grpc' });
      stream.end(frame(HELLO));
      const answer = answerOf(stream);
      await once(session, 'goaway');
      started.release();
      assert.deepEqual([(await answer).code, (await answer).reply?.toString()], [0, 'hello']);
      // OpenSSL reads time(2), which is up to a tick of the kernel behind the clock that the timer went by.
      const surelyOverMs = new X509Certificate(tls.cert).validToDate.getTime() + 100;
      await until(() => session.destroyed && Date.now() >= surelyOverMs);
      assert.equal(await knock(started, tls), 0);
    });

    test('does not hold up a drain with connections that never shake hands', async (t) => {
      const started = await startTls(t, create);
      const silent = connectTcp(started.port, '127.0.0.1');
      t.after(() => silent.destroy());
      await once(silent, 'connect');
      const client = started.official(started.client([`uri:${ENVOY}`]));
      await client.call(ECHO, HELLO);
      await started.server.drain(0);
    });
  });
}
