import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startProxy } from '../../src/transports/proxy/proxy.fixture.ts';
import { answerJson, startUpstream } from '../../src/transports/proxy/upstream.fixture.ts';
import { ADDRESSES, BODY, chunked, LARGE, PATHS, request, SHAPES, SLOW } from './framing-shapes.ts';
import { RawConnection } from './raw-connection.ts';

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

  for (const [shape, field] of Object.entries(LARGE)) {
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
  for (const path of PATHS) {
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
  for (const [name, { host, fields, reason }] of Object.entries(ADDRESSES)) {
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
  for (const [with_, head] of Object.entries(SLOW)) {
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
