import assert from 'node:assert/strict';
import { createServer, get, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { text as textOf } from 'node:stream/consumers';
import { suite, test } from 'node:test';
import { withheldFromReplies } from '../../src/cli/envoy/file/withheld-from-replies.ts';
import { type RawAnswer, RawConnection } from '../attacks/raw-connection.ts';
import { freePort } from '../e2e/free-port.ts';
import { type StartedSallyport, startSallyport } from '../e2e/start-sallyport.ts';
import { type RecordedUpstream, startRecorded } from '../envoy/recorded-upstream.ts';
import { close, listen } from '../servers/listen.ts';
import { newIssuer, RESOURCE, type TokenIssuer } from '../envoy/token-issuer.ts';
import { whyNoNginx } from './nginx-part.ts';
import { type RunningNginx, startNginx } from './start-nginx.ts';

interface Guarded extends AsyncDisposable {
  readonly nginx: RunningNginx;
  readonly sallyport: StartedSallyport;
  readonly upstream: RecordedUpstream;
}

/** nginx as shipped, which asks a Sallyport about a tool server. */
async function start(serverLines: readonly string[], issuer?: TokenIssuer): Promise<Guarded> {
  await using stack = new AsyncDisposableStack();
  const upstream = stack.use(await startRecorded());
  const port = await freePort();
  const sallyport = stack.use(
    await startSallyport({
      servers: { files: upstream.url },
      listeners: '{ agents: { door: forward_auth, socket: door/auth.sock, refusals: auth_request } }',
      serverLines: [`hosts: ["127.0.0.1:${port}"]`, ...serverLines],
      ...(issuer === undefined ? {} : { files: issuer.files, more: issuer.more }),
    }),
  );
  await upstream.forget();
  const socket = `${sallyport.folder}/door/auth.sock`;
  const nginx = stack.use(await startNginx({ port, socket, upstream: upstream.url }));
  const kept = stack.move();
  return { nginx, sallyport, upstream, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

const ANONYMOUS = ['identity: anonymous', 'capability: none'];
const STREAMS = [...ANONYMOUS, 'waive: [streams]'];
const WITH_TOKEN = [`resource: ${RESOURCE}`, 'waive: [streams]'];
const CALL = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'echo', arguments: {} } });
const POST = { method: 'POST', headers: { 'content-type': 'application/json' }, body: CALL };

async function reasonOf(response: Response): Promise<string> {
  const { error } = (await response.json()) as { readonly error: { readonly data: { readonly reason: string } } };
  return error.data.reason;
}

/** What a tool server may say to have a request answered, or a client go, elsewhere. */
const LEADING: readonly (readonly [name: string, value: string])[] = [
  ['x-accel-redirect', '/_sallyport'],
  ['x-accel-redirect', '@refused'],
  ...withheldFromReplies().map((name) => [name, 'https://evil.example/'] as const),
];

/** A tool server whose answer has this field. */
async function startAnswering(name: string, value: string): Promise<AsyncDisposable & { readonly url: string }> {
  const http = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', [name]: value }).end('the tool server');
  });
  return { url: await listen(http), [Symbol.asyncDispose]: () => close(http) };
}

/** By hand: `fetch` sends a Host of its own. */
async function answerOf(
  url: string,
  headers: Readonly<Record<string, string>>,
): Promise<{ readonly headers: IncomingHttpHeaders; readonly body: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  get(url, { headers }, resolve).on('error', reject);
  const response = await promise;
  return { headers: response.headers, body: await textOf(response) };
}

suite('behind nginx with auth_request', { skip: whyNoNginx() }, () => {
  test('no call passes whose body nobody read, and its agent reads why', async () => {
    await using guarded = await start(STREAMS);
    const response = await fetch(guarded.nginx.url, POST);
    assert.equal(response.status, 403);
    assert.match(response.headers.get('content-type') ?? '', /^application\/json/);
    assert.notEqual(response.headers.get('sallyport-decision-id'), null);
    assert.equal(await reasonOf(response), 'door.body-needed');
    assert.deepEqual(guarded.upstream.seen, []);
  });

  test('streams are not served, with the status by which clients go on without', async () => {
    await using guarded = await start(ANONYMOUS);
    const response = await fetch(guarded.nginx.url, { headers: { accept: 'text/event-stream' } });
    assert.deepEqual([response.status, await reasonOf(response)], [405, 'door.reply-needed']);
    assert.deepEqual(guarded.upstream.seen, []);
  });

  test('a waived stream passes, with the decision and without what is the agent’s own', async () => {
    await using guarded = await start(STREAMS);
    const headers = { 'accept': 'text/event-stream', 'authorization': 'Bearer x', 'cookie': 'a=b', 'x-user': 'root' };
    await (await fetch(guarded.nginx.url, { headers })).body?.cancel();
    const [seen] = guarded.upstream.seen;
    assert.equal(seen?.method, 'GET');
    const names = seen?.headers.map(([name]) => name).toSorted();
    assert.deepEqual(names, ['accept', 'host', 'sallyport-decision-id', 'user-agent']);
  });

  test('who has no token learns where to get one', async () => {
    const issuer = newIssuer();
    await using guarded = await start(WITH_TOKEN, issuer);
    for (const init of [{}, POST]) {
      const response = await fetch(guarded.nginx.url, init);
      assert.deepEqual([response.status, await reasonOf(response)], [401, 'token.missing']);
      assert.equal(
        response.headers.get('www-authenticate'),
        'Bearer resource_metadata="https://tools.example/.well-known/oauth-protected-resource/files"',
      );
    }
    const metadata = await fetch(new URL('/.well-known/oauth-protected-resource/files', guarded.nginx.url));
    assert.deepEqual([metadata.status, ((await metadata.json()) as { resource: string }).resource], [200, RESOURCE]);
    const authorization = `Bearer ${await issuer.token()}`;
    await (await fetch(guarded.nginx.url, { headers: { authorization, accept: 'text/event-stream' } })).body?.cancel();
    assert.deepEqual(
      guarded.upstream.seen.map(({ method }) => method),
      ['GET'],
    );
  });

  test('the head of the tool server’s reply leads neither nginx nor clients elsewhere', async () => {
    await using guarded = await start(STREAMS);
    for (const [name, value] of LEADING) {
      await using hostile = await startAnswering(name, value);
      await using nginx = await startNginx({
        port: await freePort(),
        socket: `${guarded.sallyport.folder}/door/auth.sock`,
        upstream: hostile.url,
      });
      const headers = { accept: 'text/event-stream', host: new URL(guarded.nginx.url).host };
      const answer = await answerOf(nginx.url, headers);
      assert.deepEqual([name, answer.headers[name], answer.body], [name, undefined, 'the tool server']);
      assert.equal(answer.headers['sallyport-verdict'], undefined);
    }
  });

  test('answers 503 in JSON when Sallyport cannot be asked', async () => {
    await using guarded = await start(STREAMS);
    await guarded.sallyport.close();
    const response = await fetch(guarded.nginx.url);
    assert.equal(response.status, 503);
    assert.match(await response.text(), /"code":-31503/);
    assert.deepEqual(guarded.upstream.seen, []);
  });
});

/** What an agent sends to look like another request than it is. */
const FORGED: readonly (readonly [what: string, lines: readonly string[]])[] = [
  ['another method', ['X-Original-Method: GET']],
  ['another path', ['X-Original-URI: /files', 'X-Original-Method: GET']],
  ['fields of another proxy', ['X-Forwarded-Method: GET', 'X-Forwarded-Uri: /files']],
  ['a body that was shown', ['Sallyport-Body: whole']],
  ['twins of the fields', ['X_Original_Method: GET', 'Sallyport_Body: whole']],
  ['hop-by-hop fields', ['Connection: X-Original-Method, keep-alive']],
  ['the answer', ['Sallyport-Verdict: allowed', 'Sallyport-Status: 200', 'Sallyport-Reply: ok']],
  ['an override', ['X-HTTP-Method-Override: GET']],
];

function post(lines: readonly string[], framing: readonly string[], body: string): Uint8Array {
  const head = ['POST /files HTTP/1.1', 'Host: HOST', 'Content-Type: application/json', ...framing, ...lines];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`, 'latin1');
}

async function send(connection: RawConnection, { nginx }: Guarded, bytes: Uint8Array): Promise<RawAnswer> {
  const host = new URL(nginx.url).host;
  return await connection.exchange(Buffer.from(Buffer.from(bytes).toString('latin1').replace('HOST', host), 'latin1'));
}

suite('an agent behind nginx', { skip: whyNoNginx() }, () => {
  for (const [what, lines] of FORGED) {
    test(`gets no POST through by saying ${what}`, async () => {
      await using guarded = await start(STREAMS);
      using connection = await RawConnection.open(guarded.nginx.url);
      const answer = await send(connection, guarded, post(lines, [`Content-Length: ${CALL.length}`], CALL));
      assert.equal(answer.kind === 'reply' && answer.status >= 400, true, JSON.stringify(answer));
      assert.deepEqual(guarded.upstream.seen, []);
    });
  }

  test('gets no second request through behind a refused body, in chunks or not', async () => {
    await using guarded = await start(STREAMS);
    const smuggled = 'GET /files HTTP/1.1\r\nHost: HOST\r\n\r\n';
    const chunked = `${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`;
    for (const [framing, body] of [
      [`Content-Length: ${smuggled.length}`, smuggled],
      ['Transfer-Encoding: chunked', chunked],
    ] as const) {
      using connection = await RawConnection.open(guarded.nginx.url);
      const first = await send(connection, guarded, post([], [framing], body));
      assert.equal(first.kind === 'reply' && first.status, 403);
      const second = await send(connection, guarded, post([], [`Content-Length: ${CALL.length}`], CALL));
      assert.equal(second.kind === 'reply' ? second.status : 403, 403);
    }
    assert.deepEqual(guarded.upstream.seen, []);
  });

  test('gets no body through with a GET', async () => {
    await using guarded = await start(STREAMS);
    for (const [framing, body] of [
      [`Content-Length: ${CALL.length}`, CALL],
      ['Transfer-Encoding: chunked', `${CALL.length.toString(16)}\r\n${CALL}\r\n0\r\n\r\n`],
    ] as const) {
      using connection = await RawConnection.open(guarded.nginx.url);
      const text = `GET /files HTTP/1.1\r\nHost: HOST\r\nAccept: text/event-stream\r\n${framing}\r\n\r\n${body}`;
      await send(connection, guarded, Buffer.from(text));
    }
    assert.equal(guarded.upstream.seen.length, 2);
    const names = guarded.upstream.seen.flatMap(({ headers }) => headers.map(([name]) => name));
    assert.deepEqual(
      names.filter((name) => name === 'content-length' || name === 'transfer-encoding'),
      [],
    );
  });

  for (const path of [
    '/files?x=1',
    '/files/',
    '//files',
    '/%66iles',
    '/_sallyport',
    '/check/files',
    '/metadata/files',
  ]) {
    test(`does not reach the tool server at ${path}`, async () => {
      await using guarded = await start(STREAMS);
      const response = await fetch(`${new URL(guarded.nginx.url).origin}${path}`, { redirect: 'manual' });
      assert.ok(response.status >= 400, String(response.status));
      assert.deepEqual(guarded.upstream.seen, []);
    });
  }
});
