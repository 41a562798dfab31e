import assert from 'node:assert/strict';
import { connect } from 'node:http2';
import { after, before, suite, test } from 'node:test';
import type { Peer } from '../attacks/peer.ts';
import { type RawReply, RawConnection } from '../attacks/raw-connection.ts';
import { callText, rawRequest } from '../attacks/raw-request.ts';
import type { Upstream } from '../servers/upstream.ts';
import { startV2 } from '../servers/v2/start-v2.ts';
import { whyNoEnvoy } from './envoy-part.ts';
import { type Guarded, startGuarded } from './start-guarded.ts';

const LIMIT = 2 * 1024 * 1024;

suite('a request body', { skip: whyNoEnvoy() }, () => {
  let upstream: Upstream;
  let guarded: Guarded;
  before(async () => {
    upstream = await startV2();
    guarded = await startGuarded({ upstream: upstream.url, door: ['replies: none'] });
  });
  after(async () => {
    await guarded[Symbol.asyncDispose]();
    await upstream.close();
  });

  const peer = (): Peer => ({ era: 'modern', url: guarded.envoy.url, headers: [] });
  const echo = (text: string): string => callText(peer(), `"name":"echo","arguments":{"text":"${text}"}`);
  const post = async (request: Uint8Array): Promise<RawReply> => {
    await upstream.forget();
    using connection = await RawConnection.open(peer().url);
    const answer = await connection.exchange(request, 20_000);
    assert.ok(answer.kind === 'reply', JSON.stringify(answer));
    return answer;
  };

  test('of a megabyte and a half is judged as a whole and arrives as it was judged', async () => {
    const text = 'x'.repeat(1.5 * 1024 * 1024);
    const { status } = await post(rawRequest(peer(), { tool: 'echo', body: echo(text) }));
    assert.equal(status, 200);
    assert.deepEqual(await upstream.calls(), [{ tool: 'echo', args: { text } }]);
  });

  test('over the limit is refused by Envoy, in words that a client of MCP can read', async () => {
    const { status, headers, body } = await post(rawRequest(peer(), { tool: 'echo', body: echo('x'.repeat(LIMIT)) }));
    assert.equal(status, 413);
    assert.equal(headers.get('content-type'), 'application/json');
    assert.deepEqual((JSON.parse(body) as { error: { code: number } }).error.code, -31413);
    assert.deepEqual(await upstream.calls(), []);
  });

  test('in chunks is judged as a whole', async () => {
    const text = echo('in chunks');
    const parts = [text.slice(0, 40), text.slice(40, 90), text.slice(90)];
    const chunks = parts.map((part) => `${part.length.toString(16)}\r\n${part}\r\n`).join('');
    const set = { 'content-length': undefined, 'transfer-encoding': 'chunked' };
    const { status } = await post(rawRequest(peer(), { tool: 'echo', body: `${chunks}0\r\n\r\n`, set }));
    assert.equal(status, 200);
    assert.deepEqual(await upstream.calls(), [{ tool: 'echo', args: { text: 'in chunks' } }]);
  });

  test('in chunks is refused when what comes late makes it another call', async () => {
    const text = echo('in chunks').replace(/}$/, ',"jsonrpc":"2.0"}');
    const chunks = [text.slice(0, 40), text.slice(40)]
      .map((part) => `${part.length.toString(16)}\r\n${part}\r\n`)
      .join('');
    const set = { 'content-length': undefined, 'transfer-encoding': 'chunked' };
    const { status, body } = await post(rawRequest(peer(), { tool: 'echo', body: `${chunks}0\r\n\r\n`, set }));
    assert.equal(status, 400);
    assert.match(body, /json\.duplicate-key/);
    assert.deepEqual(await upstream.calls(), []);
  });

  for (const [what, text, status] of [
    ['allowed', echoText('hi'), 200],
    ['refused', echoText('hi').replace('"text":"hi"', '"text":"hi","text":"ho"'), 400],
  ] as const) {
    test(`over HTTP/2 is ${what} as over HTTP/1.1`, async () => {
      await upstream.forget();
      const answer = await postHttp2(guarded.envoy.url, text);
      assert.equal(answer.status, status, answer.body);
      assert.equal((await upstream.calls()).length, status === 200 ? 1 : 0);
    });
  }

  test('is asked for by a GET: none of ours is a stream here', async () => {
    const { status, headers, body } = await post(
      Buffer.from(`GET /files HTTP/1.1\r\nhost: ${new URL(peer().url).host}\r\naccept: text/event-stream\r\n\r\n`),
    );
    assert.deepEqual([status, headers.get('allow')], [405, 'POST']);
    assert.match(body, /door\.reply-needed/);
  });
});

function echoText(text: string): string {
  return callText({ era: 'modern', url: '', headers: [] }, `"name":"echo","arguments":{"text":"${text}"}`);
}

async function postHttp2(url: string, body: string): Promise<{ status: number; body: string }> {
  const session = connect(new URL(url).origin);
  const stream = session.request({
    ':method': 'POST',
    ':path': new URL(url).pathname,
    'content-type': 'application/json',
    'accept': 'application/json, text/event-stream',
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': 'tools/call',
    'mcp-name': 'echo',
  });
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: string }>();
  let status = 0;
  const chunks: Buffer[] = [];
  stream.on('response', (headers) => (status = Number(headers[':status'])));
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.on('error', reject).on('end', () => resolve({ status, body: Buffer.concat(chunks).toString() }));
  stream.end(body);
  const answer = await promise;
  session.close();
  return answer;
}
