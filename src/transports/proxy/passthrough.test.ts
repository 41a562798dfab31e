import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { suite, test } from 'node:test';
import { facts } from '../../decision/facts.fixture.ts';
import type { StopSubject } from '../../decision/stop-gate.ts';
import { type Deny, deny, found } from '../../decision/verdict.ts';
import { passthroughConflict } from './passthrough-conflict.ts';
import type { PassthroughRoute } from './proxy-assembly.ts';
import { startProxy, serverOf } from './proxy.fixture.ts';
import { gate, startUpstream, until } from './upstream.fixture.ts';

const NOWHERE = new URL('http://127.0.0.1:1/mcp');

function routeTo(upstream: URL, changed: Partial<PassthroughRoute> = {}): PassthroughRoute {
  return {
    name: 'docs',
    prefix: '/docs',
    upstream: new URL('/base/', upstream),
    identity: 'anonymous',
    resource: undefined,
    hosts: undefined,
    origins: new Set(),
    maxBodyBytes: 1000,
    forwardHeaders: new Set(),
    ...changed,
  };
}

/** The status for exactly this path: `fetch` would clean it first. */
async function statusOf(port: number, path: string): Promise<number | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  get({ host: '127.0.0.1', port, path }, resolve).on('error', reject);
  const response = await promise;
  response.resume();
  return response.statusCode;
}

/** What comes back for exactly these bytes, until the connection ends. */
async function answerTo(port: number, request: string): Promise<string> {
  const client = connect(port, '127.0.0.1');
  client.write(request);
  return await text(client);
}

suite('a passthrough route', () => {
  test('passes path, query and body on below its upstream, and no credential', async () => {
    const paths: unknown[] = [];
    await using upstream = await startUpstream((response, _reached, request) => {
      paths.push(request.url);
      response.setHeader('set-cookie', 'a=b').end('page');
    });
    await using proxy = await startProxy({ upstream: NOWHERE, passthrough: [routeTo(upstream.url)] });
    const headers = { 'authorization': 'Bearer alice', 'cookie': 'a=b', 'x-user': 'root', 'accept-language': 'de' };
    const response = await fetch(new URL('/docs/a/b?q=1&r=%20', proxy.url), { method: 'POST', headers, body: 'text' });
    assert.equal(await response.text(), 'page');
    assert.equal(response.headers.get('set-cookie'), null);
    const [reached] = upstream.reached;
    assert.deepEqual([paths, reached?.body], [['/base/a/b?q=1&r=%20'], 'text']);
    for (const name of ['authorization', 'cookie', 'x-user']) assert.equal(reached?.headers[name], undefined);
    assert.equal(reached?.headers['accept-language'], 'de');
    assert.equal(reached?.headers.host, upstream.url.host);
    const [outcome] = await proxy.outcomes(1);
    assert.deepEqual([outcome?.kind, outcome?.operatorDetail], ['answered', 'passthrough docs']);
  });

  for (const method of ['POST', 'PUT', 'PATCH']) {
    for (const [how, body] of [
      ['with its length', () => 'a body'],
      ['in chunks', () => new Blob(['a body']).stream()],
    ] as const) {
      test(`carries the body of ${method} ${how}`, async () => {
        await using upstream = await startUpstream((response) => response.end());
        await using proxy = await startProxy({ upstream: NOWHERE, passthrough: [routeTo(upstream.url)] });
        const sent = await fetch(new URL('/docs/a', proxy.url), { method, body: body(), duplex: 'half' });
        const [reached] = upstream.reached;
        assert.deepEqual([sent.status, reached?.method, reached?.body], [200, method, 'a body']);
      });
    }
  }

  for (const method of ['GET', 'DELETE', 'OPTIONS']) {
    test(`refuses ${method} with a body`, async () => {
      await using upstream = await startUpstream((response) => response.end());
      await using proxy = await startProxy({ upstream: NOWHERE, passthrough: [routeTo(upstream.url)] });
      const request = `${method} /docs HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\n\r\nx`;
      assert.match(await answerTo(proxy.port, request), /^HTTP\/1.1 400 /);
      assert.deepEqual(upstream.reached, []);
    });
  }

  for (const [request, answer] of [
    ['TRACE /docs HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n', /^HTTP\/1.1 405 /],
    ['CONNECT docs.example:443 HTTP/1.1\r\nhost: localhost\r\n\r\n', /^HTTP\/1.1 400 /],
    ['CONNECT /docs HTTP/1.1\r\nhost: localhost\r\n\r\n', /^HTTP\/1.1 400 /],
  ] as const) {
    test(`refuses ${request.slice(0, request.indexOf(' HTTP'))}`, async () => {
      await using upstream = await startUpstream((response) => response.end());
      await using proxy = await startProxy({ upstream: NOWHERE, passthrough: [routeTo(upstream.url)] });
      assert.match(await answerTo(proxy.port, request), answer);
      assert.deepEqual(upstream.reached, []);
    });
  }

  test('hands redirects to the caller and follows none', async () => {
    await using upstream = await startUpstream((response) =>
      response.writeHead(302, { location: '/base/other' }).end(),
    );
    await using proxy = await startProxy({ upstream: NOWHERE, passthrough: [routeTo(upstream.url)] });
    const response = await fetch(new URL('/docs', proxy.url), { redirect: 'manual' });
    assert.deepEqual([response.status, response.headers.get('location')], [302, '/base/other']);
    assert.equal(upstream.reached.length, 1);
  });

  test('asks for an identity unless it is declared anonymous', async () => {
    await using upstream = await startUpstream((response) => response.end());
    await using proxy = await startProxy({
      upstream: NOWHERE,
      passthrough: [routeTo(upstream.url, { identity: 'token' })],
    });
    const refused = await fetch(new URL('/docs', proxy.url), { headers: { authorization: 'Basic YTpi' } });
    assert.equal(refused.status, 401);
    assert.equal(refused.headers.get('www-authenticate')?.startsWith('Bearer'), true);
    assert.deepEqual(upstream.reached, []);
    const passed = await fetch(new URL('/docs', proxy.url), { headers: { authorization: 'Bearer alice' } });
    assert.equal(passed.status, 200);
  });

  test('keeps the token that it asked for to itself, whatever it lists', async () => {
    await using upstream = await startUpstream((response) => response.end());
    const listed = { forwardHeaders: new Set(['authorization', 'x-trace']) };
    await using proxy = await startProxy({
      upstream: NOWHERE,
      passthrough: [routeTo(upstream.url, { ...listed, identity: 'token' })],
    });
    const headers = { 'authorization': 'Bearer alice', 'x-trace': '1' };
    assert.equal((await fetch(new URL('/docs', proxy.url), { headers })).status, 200);
    const [reached] = upstream.reached;
    assert.deepEqual([reached?.headers.authorization, reached?.headers['x-trace']], [undefined, '1']);
  });

  test('that would reach a catalogued server is refused, whatever its path', async () => {
    await using upstream = await startUpstream((response) => response.end());
    await using proxy = await startProxy({ upstream: upstream.url, passthrough: [routeTo(upstream.url)] });
    const response = await fetch(new URL('/docs/mcp', proxy.url));
    assert.equal(response.status, 404);
    assert.deepEqual(upstream.reached, []);
    assert.equal(proxy.heard.refusals[0]?.refusal.operatorDetail, 'would reach server files');
  });

  test('that reaches a catalogued server under another name is refused, on whichever listener that is', async () => {
    await using upstream = await startUpstream((response) => response.end());
    const alias = new URL(`http://alias.example:${upstream.url.port}/`);
    for (const address of ['127.0.0.1', '127.0.0.2', '::1', '::ffff:127.0.0.1']) {
      await using proxy = await startProxy({
        upstream: NOWHERE,
        passthrough: [routeTo(alias)],
        assembly: { catalogued: [serverOf(upstream.url)] },
        door: { resolve: async (host) => [host === 'alias.example' ? address : '127.0.0.1'] },
      });
      assert.equal((await fetch(new URL('/docs/mcp', proxy.url))).status, 404);
      assert.equal(proxy.heard.refusals[0]?.refusal.operatorDetail, 'would reach server files');
    }
    assert.deepEqual(upstream.reached, []);
  });

  test('is refused while it cannot be told where it or a catalogued server is', async () => {
    await using upstream = await startUpstream((response) => response.end());
    const named = new URL(`http://tools.example:${upstream.url.port}/mcp`);
    await using proxy = await startProxy({
      upstream: named,
      passthrough: [routeTo(upstream.url), routeTo(new URL('http://lost.example/'), { prefix: '/lost' })],
      door: { resolve: async (host) => (host === '127.0.0.1' ? [host] : await Promise.reject(new Error('EAI_AGAIN'))) },
    });
    for (const path of ['/docs', '/lost']) assert.equal((await fetch(new URL(path, proxy.url))).status, 503);
    assert.deepEqual(upstream.reached, []);
  });

  test('is dialled at the addresses that were compared, under its own name', async () => {
    await using upstream = await startUpstream((response) => response.end());
    const asked: string[] = [];
    await using proxy = await startProxy({
      upstream: NOWHERE,
      passthrough: [routeTo(new URL(`http://docs.example:${upstream.url.port}/`))],
      door: { resolve: async (host) => (asked.push(host), ['127.0.0.1']) },
    });
    assert.equal((await fetch(new URL('/docs', proxy.url))).status, 200);
    assert.equal(upstream.reached[0]?.headers.host, `docs.example:${upstream.url.port}`);
    assert.deepEqual(asked, ['docs.example']);
  });

  for (const path of [
    '/docsx',
    '/doc',
    '/docs/%2e%2e/mcp',
    '/docs//mcp',
    '/docs\\mcp',
    '/docs/..;/mcp',
    '/docs/;a=b/mcp',
  ]) {
    test(`does not serve ${path}`, async () => {
      await using upstream = await startUpstream((response) => response.end());
      await using proxy = await startProxy({ upstream: NOWHERE, passthrough: [routeTo(upstream.url)] });
      assert.equal(await statusOf(proxy.port, path), 404);
      assert.deepEqual(upstream.reached, []);
    });
  }

  test('answers 503 when its upstream is away, and 413 above its limit', async () => {
    await using upstream = await startUpstream((response) => response.end());
    await using proxy = await startProxy({
      upstream: new URL('http://127.0.0.1:2/mcp'),
      passthrough: [routeTo(NOWHERE), routeTo(upstream.url, { prefix: '/up' })],
    });
    assert.equal((await fetch(new URL('/docs', proxy.url))).status, 503);
    const large = { method: 'POST', body: 'x'.repeat(2000) };
    assert.equal((await fetch(new URL('/up', proxy.url), large)).status, 413);
    assert.deepEqual(upstream.reached, []);
  });
});

suite('a passthrough stream', () => {
  const openStream = (): ReturnType<typeof startUpstream> =>
    startUpstream((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': open\n\n');
    });

  for (const [end, credential] of Object.entries({
    'expires': { reason: 'token.expired', of: () => ({ expiresAtMs: Date.now() + 1000 }) },
    'is revoked': { reason: 'token.revoked', of: (revoked: AbortSignal) => ({ revoked }) },
    'loses its key': { reason: 'token.key-unknown', of: (withdrawn: AbortSignal) => ({ withdrawn }) },
  })) {
    test(`ends when the token it was opened with ${end}, upstream too`, async () => {
      const revoked = new AbortController();
      await using upstream = await openStream();
      await using proxy = await startProxy({
        upstream: NOWHERE,
        passthrough: [routeTo(upstream.url, { identity: 'token' })],
        assembly: { identify: async () => found({ ...facts.identity, ...credential.of(revoked.signal) }) },
      });
      const response = await fetch(new URL('/docs', proxy.url));
      const reading = response.text();
      revoked.abort(end);
      await assert.rejects(reading);
      const [outcome] = await proxy.outcomes(1);
      assert.deepEqual([outcome?.kind, outcome?.operatorDetail], ['cancelled', credential.reason]);
    });
  }

  test('ends when an operator stops its caller, and the next request is refused', async () => {
    const watched: ((refusal: Deny) => void)[] = [];
    const subjects: StopSubject[] = [];
    const refusal = deny('authenticate', 'stop.in-force');
    let isStopped = false;
    await using upstream = await openStream();
    await using proxy = await startProxy({
      upstream: NOWHERE,
      passthrough: [routeTo(upstream.url, { identity: 'token' })],
      assembly: {
        stops: {
          refuse: (subject) => (subjects.push(subject), isStopped ? refusal : undefined),
          watch: (_subject, end) => (watched.push(end), () => {}),
        },
      },
    });
    const headers = { authorization: 'Bearer alice' };
    const response = await fetch(new URL('/docs', proxy.url), { headers });
    const reading = response.text();
    isStopped = true;
    for (const end of watched) end(refusal);
    await assert.rejects(reading);
    assert.equal((await proxy.outcomes(1))[0]?.operatorDetail, 'stop.in-force');
    assert.match(await (await fetch(new URL('/docs', proxy.url), { headers })).text(), /stop\.in-force/);
    assert.deepEqual(
      subjects.map(({ server, identity }) => [server, identity?.principal]),
      [
        ['docs', 'alice'],
        ['docs', 'alice'],
      ],
    );
    assert.equal(upstream.reached.length, 1);
  });

  const untrusting = { identify: async () => deny('authenticate', 'token.key-unknown') } as const;
  for (const [what, identity, reloaded, reason] of [
    ['its route is gone', 'anonymous', () => ({ passthrough: [] }), 'http.route'],
    [
      'its route leads elsewhere',
      'anonymous',
      (url: URL) => ({ passthrough: [routeTo(url, { upstream: new URL('/other/', url) })] }),
      'http.route',
    ],
    [
      'its route has moved',
      'anonymous',
      (url: URL) => ({ passthrough: [routeTo(url, { prefix: '/moved' })] }),
      'http.route',
    ],
    [
      'its upstream is a catalogued server now',
      'anonymous',
      (url: URL) => ({ assembly: { servers: [serverOf(url)] } }),
      'http.route',
    ],
    [
      'the address of its upstream is that of a catalogued server',
      'anonymous',
      ({ port }: URL) => ({ assembly: { catalogued: [serverOf(new URL(`http://localhost.example:${port}/mcp`))] } }),
      'http.route',
    ],
    ['its caller is believed no more', 'token', () => ({ assembly: untrusting }), 'token.key-unknown'],
    [
      'its route asks for an identity that the caller does not have',
      'anonymous',
      (url: URL) => ({ passthrough: [routeTo(url, { identity: 'token' })], assembly: untrusting }),
      'token.key-unknown',
    ],
    [
      'it cannot be told',
      'token',
      () => ({ assembly: { identify: () => Promise.reject(new Error('injected')) } }),
      'fault.internal',
    ],
  ] as const) {
    test(`ends at a reload after which ${what}, upstream too`, async () => {
      await using upstream = await openStream();
      await using proxy = await startProxy({
        upstream: NOWHERE,
        passthrough: [routeTo(upstream.url, { identity })],
        door: { resolve: async () => ['127.0.0.1'] },
      });
      const response = await fetch(new URL('/docs', proxy.url));
      const reading = response.text();
      proxy.reload(reloaded(upstream.url));
      await assert.rejects(reading);
      const [outcome] = await proxy.outcomes(1);
      assert.deepEqual([outcome?.kind, outcome?.operatorDetail], ['cancelled', reason]);
    });
  }

  test('goes on over reloads that still allow it, and follows each of them', async () => {
    const seen: string[] = [];
    await using upstream = await openStream();
    await using proxy = await startProxy({
      upstream: NOWHERE,
      passthrough: [routeTo(upstream.url, { identity: 'token' })],
    });
    const response = await fetch(new URL('/docs', proxy.url));
    const reading = response.text();
    const revoked = new AbortController();
    proxy.reload({
      assembly: { identify: async () => (seen.push('looked'), found({ ...facts.identity, revoked: revoked.signal })) },
    });
    await until(() => seen.length === 1);
    await new Promise(setImmediate);
    assert.equal(proxy.heard.outcomes.length, 0);
    // The credential that counts is the one of the last look.
    revoked.abort();
    await assert.rejects(reading);
    assert.equal((await proxy.outcomes(1))[0]?.operatorDetail, 'token.revoked');
  });

  test('ends at a reload that came before it began', async () => {
    await using upstream = await openStream();
    const asked = gate();
    const answer = gate();
    await using proxy = await startProxy({
      upstream: NOWHERE,
      passthrough: [routeTo(upstream.url, { identity: 'token' })],
      assembly: {
        identify: async () => {
          asked.open();
          await answer.opened;
          return found(facts.identity);
        },
      },
    });
    const reading = fetch(new URL('/docs', proxy.url)).then((response) => response.text());
    await asked.opened;
    proxy.reload({ passthrough: [] });
    answer.open();
    await assert.rejects(reading);
    assert.equal((await proxy.outcomes(1))[0]?.operatorDetail, 'http.route');
  });

  test('passes nothing on for a client that left while its token was looked at', async () => {
    await using upstream = await startUpstream((response) => response.end());
    const asked = gate();
    const answer = gate();
    await using proxy = await startProxy({
      upstream: NOWHERE,
      passthrough: [routeTo(upstream.url, { identity: 'token' })],
      assembly: {
        identify: async () => {
          asked.open();
          await answer.opened;
          return found(facts.identity);
        },
      },
    });
    const client = connect(proxy.port, '127.0.0.1').on('error', () => {});
    client.write('POST /docs HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n');
    await asked.opened;
    client.write('no number\r\n');
    await once(client.resume(), 'close');
    answer.open();
    const [outcome] = await proxy.outcomes(1);
    assert.deepEqual([outcome?.kind, upstream.reached], ['cancelled', []]);
  });

  test('has a place like any call, until its client has left', async () => {
    await using upstream = await openStream();
    let taken = 0;
    const place = { [Symbol.dispose]: () => void (taken -= 1) };
    await using proxy = await startProxy({
      upstream: NOWHERE,
      passthrough: [routeTo(upstream.url)],
      assembly: {
        reserve: () => {
          if (taken === 1) return deny('admit', 'overload.busy');
          taken += 1;
          return found(place);
        },
      },
    });
    const client = new AbortController();
    const stream = await fetch(new URL('/docs', proxy.url), { signal: client.signal });
    assert.equal((await fetch(new URL('/docs', proxy.url))).status, 503);
    client.abort();
    await assert.rejects(stream.text());
    await until(() => taken === 0);
  });
});

suite('passthroughConflict()', () => {
  for (const [passthrough, catalogued] of [
    ['http://127.0.0.1:8080/x', 'http://localhost:8080/mcp'],
    ['http://[::1]:8080', 'http://127.0.0.1:8080'],
    ['http://[::ffff:127.0.0.1]:8080', 'http://localhost:8080'],
    ['http://0x7f000001:8080', 'http://127.0.0.1:8080'],
    ['http://2130706433:8080', 'http://127.0.0.2:8080'],
    ['http://0.0.0.0:8080', 'http://127.0.0.1:8080'],
    ['http://a.localhost:8080', 'http://127.0.0.1:8080'],
    ['http://TOOLS.example', 'http://tools.example.:80/mcp'],
    ['https://tools.example', 'https://tools.example:443/mcp'],
    ['http://tools.example:443', 'https://tools.example/mcp'],
    ['http://[::ffff:10.0.0.1]', 'http://10.0.0.1'],
  ] as const) {
    test(`sees that ${passthrough} reaches ${catalogued}`, () => {
      const servers = [serverOf(new URL(catalogued))];
      assert.equal(passthroughConflict({ upstream: new URL(passthrough) }, servers), 'files');
    });
  }

  for (const [passthrough, catalogued] of [
    ['http://127.0.0.1:8081', 'http://127.0.0.1:8080'],
    ['http://docs.example', 'http://tools.example'],
  ] as const) {
    test(`lets ${passthrough} beside ${catalogued}`, () => {
      const servers = [serverOf(new URL(catalogued))];
      assert.equal(passthroughConflict({ upstream: new URL(passthrough) }, servers), undefined);
    });
  }
});
