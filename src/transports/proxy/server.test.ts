import assert from 'node:assert/strict';
import { hash, X509Certificate } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { type AddressInfo, connect as connectTo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { suite, test } from 'node:test';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { Agent, request, type Dispatcher } from 'undici';
import { facts } from '../../decision/facts.fixture.ts';
import { deny, found } from '../../decision/verdict.ts';
import { systemClock } from '../../kit/clock.ts';
import { closeWithCertificate } from '../http/close-with-certificate.ts';
import { makeAuthority } from './certificates.fixture.ts';
import { createMemoryBudget } from './memory-budget.ts';
import { startProxy } from './proxy.fixture.ts';
import { answerJson, gate, startUpstream, until } from './upstream.fixture.ts';

const CALL = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'echo', arguments: {} } };
const HEADERS = { 'content-type': 'application/json', 'accept': 'application/json, text/event-stream' };

function post(url: URL, dispatcher?: Dispatcher): Promise<Dispatcher.ResponseData> {
  const options = { method: 'POST', headers: HEADERS, body: JSON.stringify(CALL) } as const;
  return request(url, dispatcher === undefined ? options : { ...options, dispatcher });
}

/** An agent whose connections end with the test. */
function agentWith(connect: Agent.Options['connect']): Agent & AsyncDisposable {
  const agent = new Agent({ connections: 1, ...(connect === undefined ? {} : { connect }) });
  return Object.assign(agent, { [Symbol.asyncDispose]: () => agent.destroy() });
}

/** The fingerprint of the certificate that a listener shows. */
async function shownBy(port: number): Promise<string> {
  const socket = connectTls({ host: '127.0.0.1', port, ca: authority.ca });
  await once(socket, 'secureConnect');
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
}

const authority = makeAuthority('test authority');
const listener = authority.issue('localhost', ['dns:localhost', 'ip:127.0.0.1']);
const NOWHERE = new URL('http://127.0.0.1:1/mcp');
const SVID = 'spiffe://acme/agent/report';
const DAY_MS = 86_400_000;

suite('createProxyServer(), with TLS,', () => {
  test('knows the client by the certificate that it verified', async () => {
    await using upstream = await startUpstream((response, reached) => answerJson(response, reached));
    const tls = { ...listener, clientCertificates: 'required', clientCa: authority.ca } as const;
    await using proxy = await startProxy({ upstream: upstream.url, assembly: { tls } });
    const client = authority.issue('report', [`uri:${SVID}`]);
    await using agent = agentWith({ ca: authority.ca, ...client });
    await (await post(proxy.url, agent)).body.dump();
    const peer = proxy.heard.intents[0]?.call.peer;
    assert.equal(peer?.certificateSha256, hash('sha256', new X509Certificate(client.cert).raw, 'base64url'));
    assert.equal(peer?.spiffeId, SVID);
  });

  for (const [what, client] of Object.entries({
    'no certificate': {},
    'one of another authority': makeAuthority('other').issue('report', [`uri:${SVID}`]),
  })) {
    test(`closes a connection with ${what} when one is required`, async () => {
      await using upstream = await startUpstream((response, reached) => answerJson(response, reached));
      const tls = { ...listener, clientCertificates: 'required', clientCa: authority.ca } as const;
      await using proxy = await startProxy({ upstream: upstream.url, assembly: { tls } });
      await using agent = agentWith({ ca: authority.ca, ...client });
      await assert.rejects(post(proxy.url, agent));
      assert.deepEqual(upstream.reached, []);
    });

    test(`counts ${what} as none when it is optional`, async () => {
      await using upstream = await startUpstream((response, reached) => answerJson(response, reached));
      const tls = { ...listener, clientCertificates: 'optional', clientCa: authority.ca } as const;
      await using proxy = await startProxy({ upstream: upstream.url, assembly: { tls } });
      await using agent = agentWith({ ca: authority.ca, ...client });
      await (await post(proxy.url, agent)).body.dump();
      const peer = proxy.heard.intents[0]?.call.peer;
      assert.deepEqual([peer?.certificateSha256, peer?.spiffeId], [undefined, undefined]);
    });
  }

  test('knows nobody by a certificate that has ended since the connection was made', async () => {
    await using upstream = await startUpstream((response, reached) => answerJson(response, reached));
    const tls = { ...listener, clientCertificates: 'required', clientCa: authority.ca } as const;
    let passedMs = 0;
    const clock = { ...systemClock, nowMs: () => Date.now() + passedMs };
    await using proxy = await startProxy({ upstream: upstream.url, assembly: { tls }, door: { clock } });
    await using agent = agentWith({ ca: authority.ca, ...authority.issue('report', [`uri:${SVID}`]) });
    for (const later of [0, 2 * DAY_MS]) {
      passedMs = later;
      await (await post(proxy.url, agent)).body.dump();
    }
    const peers = proxy.heard.intents.map(({ call }) => [
      call.peer.spiffeId,
      call.peer.certificateSha256 !== undefined,
    ]);
    assert.deepEqual(peers, [
      [SVID, true],
      [undefined, false],
    ]);
  });

  test('closes the connection of a client whose certificate ends', async () => {
    const tls = { ...listener, clientCertificates: 'optional', clientCa: authority.ca } as const;
    const client = authority.issue('report', [`uri:${SVID}`]);
    const endsMs = new X509Certificate(client.cert).validToDate.getTime();
    const clock = { ...systemClock, nowMs: () => endsMs - 1 };
    await using proxy = await startProxy({ upstream: NOWHERE, assembly: { tls }, door: { clock } });
    const idle = connectTls({ host: '127.0.0.1', port: proxy.port, ca: authority.ca, ...client });
    await once(idle.resume(), 'close');
    const stranger = connectTls({ host: '127.0.0.1', port: proxy.port, ca: authority.ca });
    stranger.write('GET /nothing HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n');
    assert.match(await text(stranger), /^HTTP\/1.1 404 /);
  });

  test('lets the answer that is under way end first', async () => {
    const answer = Object.assign(new EventEmitter(), { closed: false });
    const asked = gate();
    const answering = (): typeof answer => (asked.open(), answer);
    const client = authority.issue('report', [`uri:${SVID}`]);
    const endsMs = new X509Certificate(client.cert).validToDate.getTime();
    const server = createTlsServer({ ...listener, ca: authority.ca, requestCert: true });
    server.on('secureConnection', (socket) => closeWithCertificate(socket, endsMs - 1, answering));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const busy = connectTls({ host: '127.0.0.1', port, ca: authority.ca, ...client }).resume();
    await asked.opened;
    await new Promise(setImmediate);
    assert.equal(busy.closed, false);
    answer.emit('close');
    await once(busy, 'close');
    server.close();
  });

  for (const [what, names] of Object.entries({
    'two URIs': [`uri:${SVID}`, 'uri:spiffe://acme/agent/admin'],
    'a URI that is no SPIFFE ID': ['uri:https://acme/agent/report'],
    'a URI with a comma in it': ['uri:spiffe://acme/a, URI:spiffe://acme/agent/report'],
    'no URI': ['dns:spiffe.acme'],
  })) {
    test(`reads no SPIFFE ID from a certificate with ${what}`, async () => {
      await using upstream = await startUpstream((response, reached) => answerJson(response, reached));
      const tls = { ...listener, clientCertificates: 'required', clientCa: authority.ca } as const;
      await using proxy = await startProxy({ upstream: upstream.url, assembly: { tls } });
      await using agent = agentWith({ ca: authority.ca, ...authority.issue('report', names) });
      await (await post(proxy.url, agent)).body.dump();
      assert.equal(proxy.heard.intents[0]?.call.peer.spiffeId, undefined);
    });
  }

  test('shows a renewed certificate to whoever connects after a reload', async () => {
    await using upstream = await startUpstream((response, reached) => answerJson(response, reached));
    const tls = { ...listener, clientCertificates: 'none' } as const;
    await using proxy = await startProxy({ upstream: upstream.url, assembly: { tls } });
    const before = await shownBy(proxy.port);
    const renewed = authority.issue('localhost', ['dns:localhost', 'ip:127.0.0.1']);
    proxy.reload({ assembly: { tls: { ...renewed, clientCertificates: 'none' } } });
    const fingerprints = [listener, renewed].map(({ cert }) => new X509Certificate(cert).fingerprint256);
    assert.deepEqual([before, await shownBy(proxy.port)], fingerprints);
  });

  test('trusts the authorities of a reload, and no longer those before', async () => {
    await using upstream = await startUpstream((response, reached) => answerJson(response, reached));
    const next = makeAuthority('next');
    const tls = { ...listener, clientCertificates: 'required', clientCa: authority.ca } as const;
    await using proxy = await startProxy({ upstream: upstream.url, assembly: { tls } });
    proxy.reload({ assembly: { tls: { ...tls, clientCa: next.ca } } });
    await using known = agentWith({ ca: authority.ca, ...next.issue('report', [`uri:${SVID}`]) });
    await (await post(proxy.url, known)).body.dump();
    await using former = agentWith({ ca: authority.ca, ...authority.issue('report', [`uri:${SVID}`]) });
    await assert.rejects(post(proxy.url, former));
    assert.equal(proxy.heard.intents.length, 1);
  });

  for (const [what, changed] of Object.entries({
    'asks for no client certificates': { ...listener, clientCertificates: 'none' } as const,
    'has no TLS': undefined,
  })) {
    test(`goes on asking for client certificates after a reload that ${what}`, async () => {
      await using upstream = await startUpstream((response, reached) => answerJson(response, reached));
      const tls = { ...listener, clientCertificates: 'required', clientCa: authority.ca } as const;
      await using proxy = await startProxy({ upstream: upstream.url, assembly: { tls } });
      proxy.reload({ assembly: { tls: changed } });
      proxy.reload({ assembly: { tls: changed } });
      await using known = agentWith({ ca: authority.ca, ...authority.issue('report', [`uri:${SVID}`]) });
      await (await post(proxy.url, known)).body.dump();
      await using stranger = agentWith({ ca: authority.ca });
      await assert.rejects(post(proxy.url, stranger));
      assert.equal(proxy.heard.intents.length, 1);
    });
  }

  test('does not start when client certificates could not be checked', async () => {
    const tls = { ...listener, clientCertificates: 'required' } as const;
    await assert.rejects(startProxy({ upstream: new URL('http://127.0.0.1:1/mcp'), assembly: { tls } }), RangeError);
  });

  test('reaches an upstream by the authority that is trusted for it', async () => {
    await using upstream = await startProxy({
      upstream: new URL('http://127.0.0.1:1/mcp'),
      assembly: { tls: { ...listener, clientCertificates: 'none' } },
    });
    const trusting = { url: upstream.url, maxConnections: 1, maxPending: 1, ca: authority.ca };
    await using proxy = await startProxy({ upstream: upstream.url, server: { upstream: trusting } });
    await using distrusting = await startProxy({ upstream: upstream.url });
    await (await post(proxy.url)).body.dump();
    await (await post(distrusting.url)).body.dump();
    // The upstream is itself a proxy: it heard one call, the trusting one's.
    assert.equal(upstream.heard.intents.length, 1);
  });
});

suite('createProxyServer()', () => {
  test('serves on a Unix socket that only this user can open', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'proxy-'));
    const path = join(directory, 'agents.sock');
    await using upstream = await startUpstream((response, reached) => answerJson(response, reached));
    await using proxy = await startProxy({ upstream: upstream.url, door: { address: { kind: 'socket', path } } });
    assert.equal(statSync(path).mode & 0o777, 0o600);
    await using agent = agentWith({ socketPath: path });
    assert.equal((await post(new URL('http://localhost/mcp'), agent)).statusCode, 200);
    assert.equal(proxy.heard.intents.length, 1);
    rmSync(directory, { recursive: true, force: true });
  });

  test('answers 413 to a body above the limit, declared or not, and serves the next call', async () => {
    await using upstream = await startUpstream((response, reached) => answerJson(response, reached));
    await using proxy = await startProxy({ upstream: upstream.url, server: { maxBodyBytes: 1000 } });
    const large = 'x'.repeat(2000);
    const bodies = [large, new Blob([large]).stream()];
    for (const body of bodies) {
      const response = await fetch(proxy.url, { method: 'POST', headers: HEADERS, body, duplex: 'half' });
      assert.equal(response.status, 413);
      assert.match(await response.text(), /body\.too-large/);
    }
    assert.equal((await post(proxy.url)).statusCode, 200);
    assert.equal(upstream.reached.length, 1);
  });

  test('answers 503 without reading a byte of the body when there is no place', async () => {
    await using upstream = await startUpstream((response, reached) => answerJson(response, reached));
    const reserve = (): ReturnType<typeof deny> => deny('admit', 'overload.busy', { retryAfterMs: 1000 });
    await using proxy = await startProxy({ upstream: upstream.url, assembly: { reserve } });
    const socket = connectTo(proxy.port, '127.0.0.1');
    socket.write('POST /mcp HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2000000\r\n\r\n{');
    const answer = await text(socket);
    assert.match(answer, /^HTTP\/1\.1 503 /);
    assert.match(answer, /connection: close/i);
    assert.match(answer, /overload\.busy/);
    assert.deepEqual(upstream.reached, []);
  });

  test('holds no more bytes of bodies than it may: the rest is answered 503', async () => {
    await using upstream = await startUpstream((response, reached) => answerJson(response, reached));
    const memory = createMemoryBudget(100_000);
    await using proxy = await startProxy({ upstream: upstream.url, door: { memory } });
    const slow = connectTo(proxy.port, '127.0.0.1');
    slow.write(`POST /mcp HTTP/1.1\r\nhost: localhost\r\ncontent-length: 95000\r\n\r\n${'x'.repeat(90_000)}`);
    await until(() => memory.bodies.held() >= 90_000);
    const body = JSON.stringify({ ...CALL, params: { name: 'echo', arguments: { text: 'x'.repeat(20_000) } } });
    const refused = await fetch(proxy.url, { method: 'POST', headers: HEADERS, body });
    assert.deepEqual([refused.status, refused.headers.get('retry-after')], [503, '1']);
    assert.equal((await post(proxy.url)).statusCode, 200);
    slow.destroy();
    await until(() => memory.bodies.held() === 0);
    assert.equal((await fetch(proxy.url, { method: 'POST', headers: HEADERS, body })).status, 200);
  });

  test('leaves others half of the memory for bodies, whatever one caller sends', async () => {
    await using upstream = await startUpstream((response, reached) => answerJson(response, reached));
    const memory = createMemoryBudget(100_000);
    await using proxy = await startProxy({ upstream: upstream.url, server: { identity: 'token' }, door: { memory } });
    const slow = connectTo(proxy.port, '127.0.0.1');
    slow.write(
      `POST /mcp HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer alice\r\ncontent-length: 95000\r\n\r\n${'x'.repeat(45_000)}`,
    );
    await until(() => memory.bodies.held() >= 45_000);
    const statusFor = async (caller: string): Promise<number> => {
      const message = { ...CALL, params: { name: 'echo', arguments: { text: 'x'.repeat(10_000) } } };
      const body = new Blob([JSON.stringify(message)]).stream();
      const headers = { ...HEADERS, authorization: `Bearer ${caller}` };
      const response = await fetch(proxy.url, { method: 'POST', headers, body, duplex: 'half' });
      await response.text();
      return response.status;
    };
    assert.deepEqual([await statusFor('alice'), await statusFor('bob')], [503, 200]);
    slow.destroy();
    await until(() => memory.bodies.held() === 0);
    assert.equal(await statusFor('alice'), 200);
  });

  test('leaves known callers half of the memory for bodies, however many strangers send small ones', async () => {
    await using upstream = await startUpstream((response, reached) => answerJson(response, reached));
    const memory = createMemoryBudget(1_000_000);
    await using proxy = await startProxy({ upstream: upstream.url, server: { identity: 'token' }, door: { memory } });
    const head = 'POST /mcp HTTP/1.1\r\nhost: localhost\r\nauthorization: Basic YTpi\r\ncontent-length: 65000\r\n\r\n';
    const strangers = Array.from({ length: 20 }, () => connectTo(proxy.port, '127.0.0.1'));
    const answers: string[] = [];
    for (const stranger of strangers) {
      stranger.on('data', (answer) => answers.push(answer.toString()));
      stranger.write(`${head}${'x'.repeat(64_000)}`);
    }
    // Seven have room, and the others hear that their token is none.
    await until(() => answers.length === 13);
    assert.ok(answers.every((answer) => answer.startsWith('HTTP/1.1 401 ')));
    assert.ok(memory.bodies.held() <= 500_000, String(memory.bodies.held()));
    const body = JSON.stringify({ ...CALL, params: { name: 'echo', arguments: { text: 'x'.repeat(60_000) } } });
    const headers = { ...HEADERS, authorization: 'Bearer alice' };
    assert.equal((await fetch(proxy.url, { method: 'POST', headers, body })).status, 200);
    for (const stranger of strangers) stranger.destroy();
    await until(() => memory.bodies.held() === 0);
  });

  test('keeps a place until its reply was read or its client has gone, also behind another on one connection', async () => {
    const working = gate();
    await using upstream = await startUpstream(() => working.open());
    let places = 0;
    const place = { [Symbol.dispose]: () => void (places -= 1) };
    const reserve = (): ReturnType<typeof found<Disposable>> => {
      places += 1;
      return found(place);
    };
    await using proxy = await startProxy({ upstream: upstream.url, assembly: { reserve } });
    const body = JSON.stringify(CALL);
    const head = `POST /mcp HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\naccept: application/json, text/event-stream\r\n`;
    const sent = `${head}content-length: ${body.length}\r\n\r\n${body}`;
    const client = connectTo(proxy.port, '127.0.0.1');
    client.write(sent + sent);
    await working.opened;
    await until(() => places === 2);
    client.destroy();
    await until(() => places === 0);
  });

  test('reads no large body of who has no good token, and small ones from anyone', async () => {
    await using upstream = await startUpstream((response, reached) => answerJson(response, reached));
    await using proxy = await startProxy({ upstream: upstream.url, server: { identity: 'token' } });
    const head = 'POST /mcp HTTP/1.1\r\nhost: localhost\r\nauthorization: Basic YTpi\r\n';
    for (const framing of ['content-length: 70000', 'transfer-encoding: chunked']) {
      const socket = connectTo(proxy.port, '127.0.0.1');
      socket.write(`${head}${framing}\r\n\r\n`);
      assert.match(await text(socket), /^HTTP\/1\.1 401 .*connection: close.*token\.malformed/is);
    }
    const large = JSON.stringify({ ...CALL, params: { name: 'echo', arguments: { text: 'x'.repeat(70_000) } } });
    const headers = { ...HEADERS, authorization: 'Bearer alice' };
    assert.equal((await fetch(proxy.url, { method: 'POST', headers, body: large })).status, 200);
    assert.equal((await post(proxy.url)).statusCode, 200);
    assert.equal(upstream.reached.length, 2);
  });

  test('gives the place back when the client leaves while its token is looked at', async () => {
    const asked = gate();
    const answer = gate();
    let places = 0;
    const place = { [Symbol.dispose]: () => void (places -= 1) };
    await using proxy = await startProxy({
      upstream: new URL('http://127.0.0.1:1/mcp'),
      server: { identity: 'token' },
      assembly: {
        reserve: () => {
          places += 1;
          return found(place);
        },
        identify: async () => {
          asked.open();
          await answer.opened;
          return found(facts.identity);
        },
      },
    });
    const client = connectTo(proxy.port, '127.0.0.1').on('error', () => {});
    client.write('POST /mcp HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n');
    await asked.opened;
    // Broken framing: the connection ends at once, whatever is in progress.
    client.write('no number\r\n');
    await text(client);
    answer.open();
    await until(() => places === 0);
  });

  test('answers a Fault when something throws, and lives on', async () => {
    const thrown: unknown[] = [];
    await using upstream = await startUpstream((response, reached) => answerJson(response, reached));
    const broken = {
      servers: new Proxy([], {
        get() {
          throw new Error('injected');
        },
      }),
    };
    await using proxy = await startProxy({ upstream: upstream.url, door: { onError: (error) => thrown.push(error) } });
    proxy.reload({ assembly: broken });
    assert.equal((await post(proxy.url)).statusCode, 503);
    assert.equal(proxy.heard.refusals[0]?.refusal.reason, 'fault.internal');
    proxy.reload({});
    assert.equal((await post(proxy.url)).statusCode, 200);
    assert.ok(thrown.length >= 1);
  });

  test('serves the metadata of the protected resource without a token', async () => {
    const resource = {
      identifier: 'https://tools.example/mcp',
      authorizationServers: ['https://as.example'],
      scopes: ['files'],
    };
    await using proxy = await startProxy({ upstream: new URL('http://127.0.0.1:1/mcp'), server: { resource } });
    for (const path of ['/.well-known/oauth-protected-resource/mcp', '/.well-known/oauth-protected-resource']) {
      assert.deepEqual(await (await fetch(new URL(path, proxy.url))).json(), {
        resource: 'https://tools.example/mcp',
        authorization_servers: ['https://as.example'],
        bearer_methods_supported: ['header'],
        scopes_supported: ['files'],
      });
    }
  });
});

suite('drain()', () => {
  test('lets calls finish, refuses new ones with 503 and ends open-ended streams with a last event', async () => {
    const working = gate();
    const finish = gate();
    const opened = gate();
    await using upstream = await startUpstream(async (response, reached) => {
      if (reached.method === 'GET') {
        response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': open\n\n');
        return;
      }
      working.open();
      await finish.opened;
      answerJson(response, reached);
    });
    await using proxy = await startProxy({ upstream: upstream.url });
    const stream = await fetch(proxy.url, { headers: { accept: 'text/event-stream' } });
    const rest = stream.text().finally(() => opened.open());
    const call = post(proxy.url);
    await working.opened;
    const drained = proxy.drain(5000);
    assert.match(await rest, /"reason":"draining"/);
    finish.open();
    assert.equal((await call).statusCode, 200);
    await (await call).body.dump();
    await drained;
    await assert.rejects(fetch(proxy.url));
    const kinds = proxy.heard.outcomes.map(({ kind }) => kind).toSorted();
    assert.deepEqual(kinds, ['answered', 'cancelled']);
  });

  test('ends calls that take too long with a last event', async () => {
    await using upstream = await startUpstream((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': working\n\n');
    });
    await using proxy = await startProxy({ upstream: upstream.url });
    const response = await post(proxy.url);
    const drained = proxy.drain(10);
    const last = /data: (.*)\n\n$/.exec(await response.body.text())?.[1] ?? assert.fail();
    assert.partialDeepStrictEqual(JSON.parse(last), { id: 1, error: { data: { reason: 'draining' } } });
    await drained;
  });
});
