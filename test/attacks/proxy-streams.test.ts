import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { facts } from '../../src/decision/facts.fixture.ts';
import { found } from '../../src/decision/verdict.ts';
import { type ProxyFixture, startProxy } from '../../src/transports/proxy/proxy.fixture.ts';
import { startUpstream } from '../../src/transports/proxy/upstream.fixture.ts';

/** An upstream whose GET stream and call stream say one thing and stay open. */
const openStreams = () =>
  startUpstream((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': open\n\n');
  });

const CALL = { jsonrpc: '2.0', id: 5, method: 'tools/call', params: { name: 'wait', arguments: {} } };

/** Opens a GET stream or a call's own one and reads its first block. */
async function openStream(proxy: ProxyFixture, kind: string): Promise<ReadableStreamDefaultReader<string>> {
  const headers = { 'accept': 'application/json, text/event-stream', 'content-type': 'application/json' };
  const post = { method: 'POST', headers, body: JSON.stringify(CALL) };
  const response = await fetch(proxy.url, kind === 'GET' ? { headers: { accept: 'text/event-stream' } } : post);
  const reader = (response.body ?? assert.fail()).pipeThrough(new TextDecoderStream()).getReader();
  assert.deepEqual(await reader.read(), { done: false, value: ': open\n\n' });
  return reader;
}

/** What is left of the stream: its last event, as JSON. */
async function lastEvent(reader: ReadableStreamDefaultReader<string>): Promise<object> {
  let text = '';
  for (let next = await reader.read(); !next.done; next = await reader.read()) text += next.value;
  return JSON.parse(/^event: message\ndata: (.*)\n\n$/.exec(text)?.[1] ?? assert.fail(text)) as object;
}

const reasonIn = (kind: string, reason: string): object =>
  kind === 'GET'
    ? { method: 'notifications/message', params: { level: 'error', data: { data: { reason } } } }
    : { id: 5, error: { data: { reason } } };

suite('an open stream', () => {
  for (const kind of ['GET', 'POST']) {
    test(`(${kind}) ends at once with a last event when its token is revoked, and upstream too`, async () => {
      const revoked = new AbortController();
      await using upstream = await openStreams();
      const identity = { ...facts.identity, revoked: revoked.signal };
      await using proxy = await startProxy({ upstream: upstream.url, stages: { authenticate: () => found(identity) } });
      const reader = await openStream(proxy, kind);
      revoked.abort();
      assert.partialDeepStrictEqual(await lastEvent(reader), reasonIn(kind, 'token.revoked'));
      const [outcome] = await proxy.outcomes(1);
      assert.deepEqual([outcome?.kind, outcome?.operatorDetail], ['cancelled', 'token.revoked']);
    });

    test(`(${kind}) ends with a last event at its greatest age`, async () => {
      await using upstream = await openStreams();
      await using proxy = await startProxy({ upstream: upstream.url, server: { streamMaxAgeMs: 500 } });
      const reader = await openStream(proxy, kind);
      assert.partialDeepStrictEqual(await lastEvent(reader), reasonIn(kind, 'stream.too-old'));
    });
  }

  test('(GET) ends with a last event when its token expires', async () => {
    await using upstream = await openStreams();
    const stages = { authenticate: () => found({ ...facts.identity, expiresAtMs: Date.now() + 1000 }) };
    await using proxy = await startProxy({ upstream: upstream.url, stages });
    const reader = await openStream(proxy, 'GET');
    assert.partialDeepStrictEqual(await lastEvent(reader), reasonIn('GET', 'token.expired'));
  });

  test('(GET) ends with a last event when a reload no longer knows its server', async () => {
    await using upstream = await openStreams();
    await using proxy = await startProxy({ upstream: upstream.url });
    const reader = await openStream(proxy, 'GET');
    proxy.reload({ assembly: { servers: [] } });
    assert.partialDeepStrictEqual(await lastEvent(reader), reasonIn('GET', 'http.route'));
  });
});

suite('one caller', () => {
  test('cannot open more streams than its places, and has them again when they close', async () => {
    await using upstream = await openStreams();
    await using proxy = await startProxy({ upstream: upstream.url, door: { maxStreamsPerPrincipal: 2 } });
    const streams = [await openStream(proxy, 'GET'), await openStream(proxy, 'GET')];
    const refused = await fetch(proxy.url, { headers: { accept: 'text/event-stream' } });
    assert.equal(refused.status, 503);
    assert.match(await refused.text(), /too many open streams/);
    assert.deepEqual(
      (await proxy.outcomes(1)).map(({ kind }) => kind),
      ['undelivered'],
    );
    await openStream(proxy, 'POST');
    await streams[0]?.cancel();
    await proxy.outcomes(2);
    await openStream(proxy, 'GET');
    assert.equal(upstream.reached.length, 4);
  });
});
