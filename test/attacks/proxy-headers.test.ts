import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { found } from '../../src/decision/verdict.ts';
import { facts } from '../../src/decision/facts.fixture.ts';
import { startProxy } from '../../src/transports/proxy/proxy.fixture.ts';
import { answerJson, startUpstream } from '../../src/transports/proxy/upstream.fixture.ts';
import { CLAIMED } from './claimed-headers.ts';
import { RawConnection } from './raw-connection.ts';

const BODY = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{}}}';

function request(host: string, fields: readonly string[]): Buffer {
  const lines = ['POST /mcp HTTP/1.1', `host: ${host}`, 'content-type: application/json', ...fields];
  return Buffer.from(`${lines.join('\r\n')}\r\ncontent-length: ${BODY.length}\r\n\r\n${BODY}`, 'latin1');
}

/** As lines, and what only a parser without a front before it gets to see. */
const WITHHELD = [
  ...CLAIMED.map((header) => header.join(': ')),
  'authorization: Bearer alice',
  'sallyport-decision-id: forged',
  '__proto__: x',
];

/** Fields of the protocol, of tracing and of the client's name. */
const PASSED = [
  'accept: application/json, text/event-stream',
  'mcp-protocol-version: 2025-11-25',
  'traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  'tracestate: a=b',
  'user-agent: agent/1',
];

function nameOf(field: string): string {
  return field.slice(0, field.indexOf(':'));
}

suite('the proxy', () => {
  for (const field of WITHHELD) {
    test(`does not pass ${nameOf(field)} on`, async () => {
      await using upstream = await startUpstream((response, reached) => answerJson(response, reached));
      await using proxy = await startProxy({ upstream: upstream.url });
      using connection = await RawConnection.open(proxy.url.href);
      const answer = await connection.exchange(request(proxy.url.host, [field]));
      assert.equal(answer.kind === 'reply' && answer.status, 200);
      const sent = Object.entries(upstream.reached[0]?.headers ?? {}).map(
        ([name, value]) => `${name}: ${String(value)}`,
      );
      assert.ok(!sent.includes(field), sent.join('\n'));
    });
  }

  test('passes the fields of the protocol on, and its own decision id', async () => {
    await using upstream = await startUpstream((response, reached) => answerJson(response, reached));
    await using proxy = await startProxy({ upstream: upstream.url });
    using connection = await RawConnection.open(proxy.url.href);
    await connection.exchange(request(proxy.url.host, PASSED));
    const headers = upstream.reached[0]?.headers ?? {};
    for (const field of PASSED) assert.equal(`${nameOf(field)}: ${String(headers[nameOf(field)])}`, field);
    assert.equal(headers['sallyport-decision-id'], proxy.heard.intents[0]?.call.decisionId);
    assert.equal(headers.host, upstream.url.host);
  });

  test('passes a listed field on', async () => {
    await using upstream = await startUpstream((response, reached) => answerJson(response, reached));
    await using proxy = await startProxy({ upstream: upstream.url, server: { forwardHeaders: new Set(['x-tenant']) } });
    using connection = await RawConnection.open(proxy.url.href);
    await connection.exchange(request(proxy.url.host, ['x-tenant: acme']));
    assert.equal(upstream.reached[0]?.headers['x-tenant'], 'acme');
  });

  test('sends the credential of the upstream, once, whatever the caller sent under that name', async () => {
    await using upstream = await startUpstream((response, reached) => answerJson(response, reached));
    await using proxy = await startProxy({
      upstream: upstream.url,
      server: { forwardHeaders: new Set(['x-api-key', 'authorization']) },
      stages: { obtainCredential: () => found({ kind: 'header', name: 'X-Api-Key', value: 'ours' }) },
    });
    using connection = await RawConnection.open(proxy.url.href);
    await connection.exchange(request(proxy.url.host, ['x-api-key: theirs', 'authorization: Bearer alice']));
    assert.equal(upstream.reached[0]?.headers['x-api-key'], 'ours');
    assert.equal(upstream.reached[0]?.headers.authorization, undefined);
  });

  test('sends what the checks unsealed in place of what the caller sent, in headers and body alike', async () => {
    await using upstream = await startUpstream((response, reached) => answerJson(response, reached));
    await using proxy = await startProxy({
      upstream: upstream.url,
      stages: {
        openHandles: () =>
          found({
            ...facts.handles,
            edits: [{ path: ['params', 'name'], value: 'inner-name' }],
            headers: new Map([['mcp-name', 'inner-name']]),
          }),
      },
    });
    using connection = await RawConnection.open(proxy.url.href);
    await connection.exchange(request(proxy.url.host, ['mcp-name: echo']));
    assert.equal(upstream.reached[0]?.headers['mcp-name'], 'inner-name');
    assert.equal(upstream.reached[0]?.body, BODY.replace('"echo"', '"inner-name"'));
  });

  test('passes no cookie, challenge, CORS grant or hop-by-hop field of the reply back', async () => {
    const withheld = {
      'set-cookie': 'session=1',
      'access-control-allow-origin': '*',
      'server': 'inner/1',
      'x-powered-by': 'inner',
      'upgrade': 'h2c',
      'alt-svc': 'h3=":443"',
      'mcp-session-id': 'nobody-asked',
      'location': '/inner',
    };
    await using upstream = await startUpstream((response, reached) => {
      for (const [name, value] of Object.entries(withheld)) response.setHeader(name, value);
      answerJson(response, reached);
    });
    await using proxy = await startProxy({ upstream: upstream.url });
    using connection = await RawConnection.open(proxy.url.href);
    const answer = await connection.exchange(request(proxy.url.host, []));
    const got = answer.kind === 'reply' ? [...answer.headers.keys()] : [];
    assert.ok(got.includes('content-type'));
    assert.deepEqual(
      got.filter((name) => name in withheld),
      [],
    );
  });
});
