import assert from 'node:assert/strict';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { suite, test } from 'node:test';
import type { ReasonCode } from '../../call/reason.ts';
import type { HeaderList } from '../../call/received.ts';
import { facts } from '../../decision/facts.fixture.ts';
import { deny, found } from '../../decision/verdict.ts';
import { type AskOptions, CALL, ORIGINAL, showing, startForwardAuth } from './forward-auth.fixture.ts';

/** The fields of a request with some of them changed. */
function original(changes: Readonly<Record<string, string>>, ...more: HeaderList): { readonly headers: HeaderList } {
  return { headers: [...ORIGINAL.map(([name, value]) => [name, changes[name] ?? value] as const), ...more] };
}

const RESOURCE = {
  identifier: 'https://tools.example/files',
  authorizationServers: ['https://sts.example'],
  scopes: [],
};

suite('handleQuestion()', () => {
  test('lets a whole call pass, and records that nobody tells its outcome', async () => {
    await using door = await startForwardAuth();
    const answer = await door.ask(showing(CALL, ['authorization', 'Bearer x'], ['x-user', 'root']));
    assert.deepEqual([answer.status, answer.headers.get('sallyport-verdict'), answer.body], [200, 'allowed', '']);
    assert.equal(answer.headers.get('sallyport-remove'), 'authorization, x-user');
    await door.drain(1000);
    assert.equal(door.heard.intents.length, 1);
    assert.deepEqual(
      door.heard.outcomes.map(({ kind, decisionId }) => [kind, decisionId]),
      [['unknown', answer.headers.get('sallyport-decision-id')]],
    );
  });

  test('judges the bytes that were shown', async () => {
    await using door = await startForwardAuth();
    await door.ask(showing(CALL));
    const [intent] = door.heard.intents;
    assert.equal(Buffer.from(intent?.call.body ?? []).toString(), CALL);
    assert.deepEqual(intent?.call.target, { kind: 'tool', name: 'read_file' });
  });

  test('refuses with the answer for the agent, and never a status that lets pass', async () => {
    await using door = await startForwardAuth({ stages: { applyPolicy: () => deny('policy', 'policy.denied') } });
    const answer = await door.ask(showing(CALL));
    assert.deepEqual([answer.status, answer.headers.get('sallyport-status')], [403, '200']);
    const body = JSON.parse(answer.body) as { readonly id: number; readonly result: { readonly isError: boolean } };
    assert.deepEqual([body.id, body.result.isError], [1, true]);
  });

  test('refuses every POST whose body is not shown', async () => {
    await using door = await startForwardAuth();
    const headers = [['x-original-method', 'POST'] as const, ...ORIGINAL.slice(1)];
    const answer = await door.ask({ headers });
    assert.deepEqual([answer.status, door.heard.refusals[0]?.reason], [403, 'door.body-needed']);
    assert.match(answer.body, /door\.body-needed/);
  });

  test('tells a caller without token which to bring before it speaks of bodies', async () => {
    await using door = await startForwardAuth({ server: { identity: 'token', resource: RESOURCE } });
    const headers = [['x-original-method', 'POST'] as const, ...ORIGINAL.slice(1)];
    const answer = await door.ask({ headers });
    assert.equal(answer.status, 401);
    assert.match(answer.headers.get('www-authenticate') ?? '', /resource_metadata="https:\/\/tools\.example\//);
    const known = await door.ask({ headers: [...headers, ['authorization', 'Bearer x']] });
    assert.equal(known.status, 403);
  });

  test('serves the metadata of a server under a path that no question has', async () => {
    await using door = await startForwardAuth({ server: { resource: RESOURCE } });
    const answer = await door.ask({ target: '/metadata/files', headers: [] });
    assert.deepEqual([answer.status, JSON.parse(answer.body).resource], [200, RESOURCE.identifier]);
    const asked = await door.ask(original({ 'x-original-uri': '/.well-known/oauth-protected-resource/files' }));
    assert.deepEqual([asked.status, asked.headers.get('sallyport-status')], [403, '200']);
    assert.equal((await door.ask({ target: '/metadata/other', headers: [] })).status, 503);
  });

  const REFUSED: readonly (readonly [what: string, asked: AskOptions, reason: ReasonCode])[] = [
    ['another path', original({ 'x-original-uri': '/files/../admin' }), 'http.route'],
    ['a path with a query', original({ 'x-original-uri': '/files?x' }), 'http.route'],
    ['an encoded path', original({ 'x-original-uri': '/%66iles' }), 'http.route'],
    ['another host', original({ 'x-original-host': 'evil.example' }), 'http.host'],
    ['another origin', original({}, ['origin', 'https://evil.example']), 'http.origin'],
    ['another server', { target: '/check/other' }, 'http.route'],
    ['no request', { headers: [] }, 'fault.internal'],
    ['a path that an agent says once more', original({}, ['x-original-uri', '/other']), 'fault.internal'],
    ['an unknown method', original({ 'x-original-method': 'TRACE' }), 'http.method'],
    ['a body without the declaration', { method: 'POST', body: CALL }, 'fault.internal'],
    ['a declaration without a body', original({}, ['sallyport-body', 'whole']), 'fault.internal'],
    ['a POST with nothing in it', showing(''), 'body.missing'],
    ['a GET with a body', { ...showing(CALL), ...original({}, ['sallyport-body', 'whole']) }, 'body.unexpected'],
    ['two sessions', showing(CALL, ['mcp-session-id', 'a'], ['mcp-session-id', 'b']), 'http.header-duplicate'],
    ['two content types', showing(CALL, ['content-type', 'text/plain']), 'http.header-duplicate'],
    ['a body that is too large', showing('x'.repeat(200_000)), 'body.too-large'],
  ];
  for (const [what, asked, reason] of REFUSED) {
    test(`refuses ${what} with ${reason}`, async () => {
      await using door = await startForwardAuth();
      const answer = await door.ask(asked);
      assert.ok(answer.status >= 400, String(answer.status));
      assert.deepEqual(
        door.heard.refusals.map((refusal) => refusal.reason),
        [reason],
      );
      assert.equal(door.heard.intents.length, 0);
    });
  }

  const FIELDS =
    'x-original-method: POST\r\nx-original-uri: /files\r\nx-original-host: localhost\r\nsallyport-body: whole\r\n';
  for (const [what, text] of [
    ['HTTP/1.0', `POST /check/files HTTP/1.0\r\nhost: x\r\n${FIELDS}content-length: 0\r\n\r\n`],
    [
      'two lengths',
      `POST /check/files HTTP/1.1\r\nhost: x\r\n${FIELDS}content-length: 1\r\ncontent-length: 2\r\n\r\nab`,
    ],
    [
      'length and chunks',
      `POST /check/files HTTP/1.1\r\nhost: x\r\n${FIELDS}content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    [
      'another transfer coding',
      `POST /check/files HTTP/1.1\r\nhost: x\r\n${FIELDS}transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
    ],
    ['a folded field', `GET /check/files HTTP/1.1\r\nhost: x\r\nx-original-method: GET\r\n POST\r\n\r\n`],
    ['a bare line feed', `GET /check/files HTTP/1.1\nhost: x\n\n`],
    ['a space before the colon', `GET /check/files HTTP/1.1\r\nhost: x\r\nx-original-method : GET\r\n\r\n`],
    ['a GET with a body', `GET /check/files HTTP/1.1\r\nhost: x\r\n${FIELDS}content-length: 1\r\n\r\na`],
    ['two hosts', `GET /check/files HTTP/1.1\r\nhost: x\r\nhost: y\r\n${FIELDS}\r\n`],
    ['no host', `GET /check/files HTTP/1.1\r\n${FIELDS}\r\n`],
    ['CONNECT', `CONNECT /check/files HTTP/1.1\r\nhost: x\r\n\r\n`],
    ['expect', `POST /check/files HTTP/1.1\r\nhost: x\r\n${FIELDS}expect: 100-continue\r\ncontent-length: 1\r\n\r\n`],
    ['an endless header block', `GET /check/files HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`],
  ] as const) {
    test(`refuses ${what} and closes the connection`, async () => {
      await using door = await startForwardAuth();
      const [status = ''] = (await door.raw(text)).split('\r\n');
      assert.match(status, /^HTTP\/1\.1 4\d\d /);
      assert.deepEqual([door.heard.intents.length, door.heard.refusals.length], [0, 1]);
    });
  }

  test('gives back what it took when whoever asked is gone before the answer', async () => {
    const deciding = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    await using door = await startForwardAuth({
      stages: {
        async applyPolicy() {
          deciding.resolve();
          await go.promise;
          return found(facts.ruling);
        },
      },
    });
    const socket = connect(door.socketPath);
    socket.write(
      `POST /check/files HTTP/1.1\r\nhost: x\r\n${FIELDS}content-type: application/json\r\ncontent-length: ${CALL.length}\r\n\r\n${CALL}`,
    );
    await deciding.promise;
    socket.destroy();
    await once(socket, 'close');
    await door.drain(100);
    go.resolve();
    assert.deepEqual(
      door.heard.refusals.map(({ reason }) => reason),
      ['http.caller-gone'],
    );
    assert.deepEqual(door.heard.intents, []);
  });

  test('refuses, and says undelivered, when the allow cannot be said', async () => {
    await using door = await startForwardAuth({
      stages: { obtainCredential: () => found({ kind: 'header', name: 'sallyport-verdict', value: 'allowed' }) },
    });
    const answer = await door.ask(showing(CALL));
    assert.equal(answer.status, 503);
    assert.deepEqual(
      door.heard.outcomes.map(({ kind }) => kind),
      ['undelivered'],
    );
  });

  test('ends the session that an allowed DELETE ends', async () => {
    const ended: string[] = [];
    await using door = await startForwardAuth({
      assembly: { sessions: { end: ({ call }) => void ended.push(call.operation) } },
    });
    const headers = [
      ['x-original-method', 'DELETE'] as const,
      ...ORIGINAL.slice(1),
      ['mcp-session-id', 'sealed'] as const,
    ];
    assert.equal((await door.ask({ headers })).status, 200);
    assert.deepEqual(ended, ['http/delete-session']);
  });

  test('keeps its place while it is asked, and refuses when there is none', async () => {
    await using door = await startForwardAuth({ assembly: { reserve: () => deny('admit', 'overload.busy') } });
    assert.equal((await door.ask(showing(CALL))).status, 503);
  });

  test('answers 503 to what arrives when the service stops', async () => {
    await using door = await startForwardAuth();
    const socket = connect(door.socketPath);
    socket.write('GET /check/files HTTP/1.1\r\n');
    // Answered only after the other connection was accepted and read.
    await door.ask();
    const drained = door.drain(60_000);
    socket.write('host: x\r\n\r\n');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    assert.match(answer.toString(), /^HTTP\/1\.1 503 [\s\S]*draining/);
    socket.destroy();
    await drained;
  });

  test('is a socket in a directory that only its user can enter', async () => {
    await using door = await startForwardAuth();
    const [directory, socket] = await Promise.all([stat(dirname(door.socketPath)), stat(door.socketPath)]);
    assert.deepEqual([directory.mode & 0o777, socket.isSocket(), socket.mode & 0o077], [0o700, true, 0]);
  });
});
