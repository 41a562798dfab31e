import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startProxy } from '../../src/transports/proxy/proxy.fixture.ts';
import { answerJson, startUpstream } from '../../src/transports/proxy/upstream.fixture.ts';
import { RawConnection } from './raw-connection.ts';

const BODY = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"delete_all","arguments":{}}}';

interface Shape {
  readonly line?: string;
  readonly host?: string;
  readonly fields?: readonly string[];
  readonly body?: string;
  readonly length?: string;
}

/** One request as text; `HOST` stands for the listener's own. */
function request({ line, host, fields = [], body = BODY, length }: Shape = {}): string {
  const lines = [
    line ?? 'POST /mcp HTTP/1.1',
    ...(host === '' ? [] : [host ?? 'host: HOST']),
    'content-type: application/json',
    'accept: application/json, text/event-stream',
    length ?? `content-length: ${Buffer.byteLength(body)}`,
    ...fields,
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

const chunked = `${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`;

/** Requests that two HTTP parsers cut or aim differently (RFC 9112 §3.2, §5.2, §6, §11.2). */
const SHAPES: Record<string, string> = {
  'Content-Length and Transfer-Encoding': request({ fields: ['transfer-encoding: chunked'], body: chunked }),
  'Transfer-Encoding and Content-Length': request({
    length: 'transfer-encoding: chunked',
    fields: ['content-length: 4'],
    body: chunked,
  }),
  'a folded Transfer-Encoding': request({ fields: ['transfer-encoding:', ' chunked'], body: chunked }),
  'a folded header': request({ fields: ['x-note: a', ' mcp-name: echo'] }),
  'a bare line feed in the header block': request({ fields: ['x-note: a\nmcp-name: echo'] }),
  'a bare line feed at the end of the header block': request().replace('\r\n\r\n', '\n\n'),
  'a bare carriage return in a header': request({ fields: ['x-note: a\rmcp-name: echo'] }),
  'two Content-Length': request({ fields: ['content-length: 4'] }),
  'two equal Content-Length': request({ fields: [`content-length: ${BODY.length}`] }),
  'a Content-Length with a sign': request({ length: `content-length: +${BODY.length}` }),
  'a Content-Length in hex': request({ length: 'content-length: 0x10' }),
  'a list as Content-Length': request({ length: `content-length: ${BODY.length}, ${BODY.length}` }),
  'a negative Content-Length': request({ length: 'content-length: -1' }),
  'an unknown transfer coding': request({ length: 'transfer-encoding: gzip', body: chunked }),
  'gzip and chunked': request({ length: 'transfer-encoding: gzip, chunked', body: chunked }),
  'chunked twice': request({ length: 'transfer-encoding: chunked, chunked', body: chunked }),
  'two Transfer-Encoding': request({
    length: 'transfer-encoding: gzip',
    fields: ['transfer-encoding: chunked'],
    body: chunked,
  }),
  'chunked that is not last': request({ length: 'transfer-encoding: chunked, identity', body: chunked }),
  'a misspelt transfer coding': request({ length: 'transfer-encoding: xchunked', body: chunked }),
  'a chunk size with a sign': request({ length: 'transfer-encoding: chunked', body: `+${chunked}` }),
  'a chunk size in no hex': request({ length: 'transfer-encoding: chunked', body: `g\r\n${BODY}\r\n0\r\n\r\n` }),
  'a bare line feed after a chunk size': request({
    length: 'transfer-encoding: chunked',
    body: chunked.replace('\r\n', '\n'),
  }),
  'an absolute form': request({ line: 'POST http://HOST/mcp HTTP/1.1' }),
  'an absolute form of another host': request({ line: 'POST http://evil.example/mcp HTTP/1.1' }),
  'an asterisk form': request({ line: 'OPTIONS * HTTP/1.1', length: 'x: y', body: '' }),
  'CONNECT': request({ line: 'CONNECT evil.example:443 HTTP/1.1', length: 'x: y', body: '' }),
  'HTTP/1.2': request({ line: 'POST /mcp HTTP/1.2' }),
  'HTTP/1.0': request({ line: 'POST /mcp HTTP/1.0' }),
  'HTTP/0.9': 'POST /mcp\r\n\r\n',
  'HTTP/2 with prior knowledge': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'a lower-case version': request({ line: 'POST /mcp http/1.1' }),
  'a method in no capitals': request({ line: 'post /mcp HTTP/1.1' }),
  'an upgrade to h2c': request({
    fields: ['connection: upgrade, http2-settings', 'upgrade: h2c', 'http2-settings: AAA'],
  }),
  'an upgrade to websocket': request({
    line: 'GET /mcp HTTP/1.1',
    fields: ['connection: upgrade', 'upgrade: websocket'],
    length: 'x: y',
    body: '',
  }),
  'Expect: 100-continue': request({ fields: ['expect: 100-continue'] }),
  'another expectation': request({ fields: ['expect: 200-ok'] }),
  'no Host': request({ host: '' }),
  'two Hosts': request({ fields: ['host: evil.example'] }),
  'GET with a body': request({ line: 'GET /mcp HTTP/1.1' }),
  'DELETE with chunks': request({ line: 'DELETE /mcp HTTP/1.1', length: 'transfer-encoding: chunked', body: chunked }),
  'Connection naming a judged header': request({ fields: ['connection: keep-alive, mcp-protocol-version'] }),
  'a space before a colon': request({ fields: ['x-note : a'] }),
  'a NUL in a header': request({ fields: ['x-note: a\0b'] }),
  'a header without a name': request({ fields: [': a'] }),
};

suite('the proxy, sent', () => {
  for (const [shape, text] of Object.entries(SHAPES)) {
    test(`${shape}, answers 400 with a JSON-RPC error, closes and forwards nothing`, async () => {
      await using upstream = await startUpstream((response, reached) => answerJson(response, reached));
      await using proxy = await startProxy({ upstream: upstream.url });
      using connection = await RawConnection.open(proxy.url.href);
      const answer = await connection.exchange(Buffer.from(text.replaceAll('HOST', proxy.url.host), 'latin1'));
      assert.equal(answer.kind, 'reply');
      assert.equal(answer.kind === 'reply' && answer.status, 400);
      const { error } = JSON.parse(answer.kind === 'reply' ? answer.body : '') as {
        error: { data: { reason: string } };
      };
      assert.equal(error.data.reason, 'http.framing');
      assert.equal((await connection.nextReply()).kind, 'closed');
      assert.deepEqual(upstream.reached, []);
      assert.equal(proxy.heard.refusals.length, 1);
    });
  }

  for (const [shape, field] of Object.entries({
    'a header block above 60 KiB': `x-large: ${'x'.repeat(61 * 1024)}`,
    'more header fields than are read': Array.from({ length: 300 }, (_, at) => `x-${at}: y`).join('\r\n'),
    'more header fields than Node keeps': Array.from({ length: 2100 }, (_, at) => `x-${at}: y`).join('\r\n'),
  })) {
    test(`${shape}, answers 431 and closes`, async () => {
      await using upstream = await startUpstream((response, reached) => answerJson(response, reached));
      await using proxy = await startProxy({ upstream: upstream.url });
      using connection = await RawConnection.open(proxy.url.href);
      const text = request({ fields: [field] }).replace('HOST', proxy.url.host);
      const answer = await connection.exchange(Buffer.from(text));
      assert.equal(answer.kind === 'reply' && answer.status, 431);
      assert.equal((await connection.nextReply()).kind, 'closed');
      assert.deepEqual(upstream.reached, []);
    });
  }

  test('a request behind a good one, serves the good one before it refuses the other', async () => {
    await using upstream = await startUpstream((response, reached) => answerJson(response, reached));
    await using proxy = await startProxy({ upstream: upstream.url });
    using connection = await RawConnection.open(proxy.url.href);
    const good = request().replace('HOST', proxy.url.host);
    const first = await connection.exchange(Buffer.from(good));
    assert.equal(first.kind === 'reply' && first.status, 200);
    const second = await connection.exchange(Buffer.from('GARBAGE\r\n\r\n'));
    assert.equal(second.kind === 'reply' && second.status, 400);
    assert.equal(upstream.reached.length, 1);
  });

  test('chunks that are well-formed, forwards the body with a length of its own', async () => {
    await using upstream = await startUpstream((response, reached) => answerJson(response, reached));
    await using proxy = await startProxy({ upstream: upstream.url });
    using connection = await RawConnection.open(proxy.url.href);
    const text = request({ length: 'transfer-encoding: chunked', body: chunked }).replace('HOST', proxy.url.host);
    const answer = await connection.exchange(Buffer.from(text));
    assert.equal(answer.kind === 'reply' && answer.status, 200);
    assert.equal(upstream.reached[0]?.headers['content-length'], String(BODY.length));
    assert.equal(upstream.reached[0]?.headers['transfer-encoding'], undefined);
  });
});

suite('the proxy, asked for', () => {
  for (const path of [
    '/',
    '/mcp/',
    '/MCP',
    '//mcp',
    '/./mcp',
    '/x/../mcp',
    '/%6dcp',
    '/mcp%00',
    '/mcp;x=y',
    '/mcp?x=y',
    '/mcp?',
    '/mcp#x',
    '/mcp\\',
    '/mc\u00fe',
    '/health',
  ]) {
    test(`${path} answers 404 or 400 with a JSON-RPC error and forwards nothing`, async () => {
      await using upstream = await startUpstream((response, reached) => answerJson(response, reached));
      await using proxy = await startProxy({ upstream: upstream.url });
      using connection = await RawConnection.open(proxy.url.href);
      const text = request({ line: `POST ${path} HTTP/1.1` }).replace('HOST', proxy.url.host);
      const answer = await connection.exchange(Buffer.from(text, 'latin1'));
      assert.equal(answer.kind, 'reply');
      assert.ok(answer.kind === 'reply' && [400, 404].includes(answer.status));
      const { error } = JSON.parse(answer.kind === 'reply' ? answer.body : '') as {
        error: { data: { reason: string } };
      };
      assert.match(error.data.reason, /^http\.(?:route|framing)$/);
      assert.deepEqual(upstream.reached, []);
    });
  }
});

suite('the proxy, addressed with', () => {
  const cases: Record<string, { host?: string; fields?: string[]; reason?: string }> = {
    'a foreign Host (DNS rebinding)': { host: 'host: evil.example', reason: 'http.host' },
    'a Host with a foreign port': { host: 'host: localhost:1', reason: 'http.host' },
    'a Host that only begins right': { host: 'host: 127.0.0.1.evil.example', reason: 'http.host' },
    'a Host in mixed case': { host: 'host: Localhost' },
    'no Origin': {},
    'a foreign Origin': { fields: ['origin: http://evil.example'], reason: 'http.origin' },
    'the Origin null': { fields: ['origin: null'], reason: 'http.origin' },
    'the listed Origin': { fields: ['origin: https://app.example'] },
    'the listed Origin and another': {
      fields: ['origin: https://app.example', 'origin: http://evil.example'],
      reason: 'http.header-duplicate',
    },
    'a longer Origin': { fields: ['origin: https://app.example.evil.example'], reason: 'http.origin' },
  };
  for (const [name, { host, fields, reason }] of Object.entries(cases)) {
    test(`${name}, ${reason === undefined ? 'serves' : `refuses ${reason}`}`, async () => {
      await using upstream = await startUpstream((response, reached) => answerJson(response, reached));
      await using proxy = await startProxy({
        upstream: upstream.url,
        server: { origins: new Set(['https://app.example']) },
      });
      using connection = await RawConnection.open(proxy.url.href);
      const shape = request({ ...(host === undefined ? {} : { host }), ...(fields === undefined ? {} : { fields }) });
      await connection.exchange(Buffer.from(shape.replace('HOST', proxy.url.host)));
      assert.equal(proxy.heard.refusals[0]?.refusal.reason, reason);
      assert.equal(upstream.reached.length, reason === undefined ? 1 : 0);
    });
  }
});

suite('a passthrough route', () => {
  for (const shape of ['gzip and chunked', 'two Transfer-Encoding', 'GET with a body', 'Expect: 100-continue']) {
    test(`sent ${shape}, answers 400, closes and forwards nothing`, async () => {
      await using upstream = await startUpstream((response) => response.end());
      const docs = {
        name: 'docs',
        prefix: '/mcp',
        upstream: upstream.url,
        identity: 'anonymous',
        resource: undefined,
        hosts: undefined,
        origins: new Set<string>(),
        maxBodyBytes: 1000,
        forwardHeaders: new Set<string>(),
      } as const;
      await using proxy = await startProxy({ upstream: upstream.url, passthrough: [docs], assembly: { servers: [] } });
      using connection = await RawConnection.open(proxy.url.href);
      const text = (SHAPES[shape] ?? assert.fail()).replaceAll('HOST', proxy.url.host);
      const answer = await connection.exchange(Buffer.from(text, 'latin1'));
      assert.equal(answer.kind === 'reply' && answer.status, 400);
      assert.equal((await connection.nextReply()).kind, 'closed');
      assert.deepEqual(upstream.reached, []);
    });
  }
});

suite('a connection', () => {
  test('on which nothing was sent is closed, and nothing is recorded', async () => {
    await using upstream = await startUpstream((response, reached) => answerJson(response, reached));
    await using proxy = await startProxy({
      upstream: upstream.url,
      door: { headersTimeoutMs: 100, requestTimeoutMs: 100, timeoutCheckMs: 20 },
    });
    using connection = await RawConnection.open(proxy.url.href);
    assert.equal((await connection.nextReply()).kind, 'closed');
    assert.deepEqual(proxy.heard.refusals, []);
  });
});

suite('a client that is slow', () => {
  for (const [with_, head] of Object.entries({
    'its header block': 'POST /mcp HTTP/1.1\r\nhost: HOST\r\nx-',
    'its body': request({ length: 'content-length: 5000' }),
  })) {
    test(`with ${with_} is answered 408 and cut off`, async () => {
      await using upstream = await startUpstream((response, reached) => answerJson(response, reached));
      await using proxy = await startProxy({
        upstream: upstream.url,
        door: { headersTimeoutMs: 100, requestTimeoutMs: 100, timeoutCheckMs: 20 },
      });
      using connection = await RawConnection.open(proxy.url.href);
      const answer = await connection.exchange(Buffer.from(head.replace('HOST', proxy.url.host)));
      assert.equal(answer.kind === 'reply' && answer.status, 408);
      assert.equal((await connection.nextReply()).kind, 'closed');
      assert.deepEqual(upstream.reached, []);
    });
  }
});
