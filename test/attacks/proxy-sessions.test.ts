import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ephemeralKeyRing } from '../../src/sealing/key-ring.fixture.ts';
import type { KeyRing } from '../../src/sealing/key-ring.ts';
import { createSealer } from '../../src/sealing/seal.ts';
import { createSessionBinder } from '../../src/stages/handles/bind-session.ts';
import { createOpenHandles } from '../../src/stages/handles/check.ts';
import { createEndedSessions, type EndedSessions } from '../../src/stores/memory-sessions/ended-sessions.ts';
import { createMemorySessions } from '../../src/stores/memory-sessions/memory-sessions.ts';
import { type ProxyFixture, startProxy } from '../../src/transports/proxy/proxy.fixture.ts';
import { answerJson, gate, startUpstream } from '../../src/transports/proxy/upstream.fixture.ts';
import { startV1 } from '../servers/v1/start-v1.ts';

const INITIALIZE = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
};
const CALL = { jsonrpc: '2.0', id: 2, method: 'tools/call', params: { name: 'echo', arguments: { text: 'hi' } } };

interface Kept {
  readonly keys: KeyRing;
  readonly ended: EndedSessions;
}

const fresh = (): Kept => ({
  keys: ephemeralKeyRing(() => 0),
  ended: createEndedSessions({ nowMs: () => Date.now() }),
});

/** The proxy with real sessions, three a caller. What is in `kept` outlives a restart. */
function startBound(upstream: URL, kept = fresh()): Promise<ProxyFixture> {
  const sealer = createSealer(kept.keys);
  const registry = createMemorySessions({
    maxPerOwner: () => 3,
    maxTotal: 1000,
    idleAfterMs: 3_600_000,
    ended: kept.ended,
    nowMs: () => performance.now(),
  });
  return startProxy({
    upstream,
    stages: { openHandles: createOpenHandles({ sealer, registry }) },
    assembly: { sessions: createSessionBinder(sealer, registry, { nowMs: () => Date.now() }) },
  });
}

/** One request of `caller`, in `session` if it names one. */
function send(
  proxy: ProxyFixture,
  caller: string,
  session: string | null,
  message: object | string,
): Promise<Response> {
  const method = typeof message === 'string' ? message : 'POST';
  return fetch(proxy.url, {
    method,
    headers: {
      'authorization': `Bearer ${caller}`,
      'accept': method === 'GET' ? 'text/event-stream' : 'application/json, text/event-stream',
      'mcp-protocol-version': '2025-11-25',
      ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
      ...(session === null ? {} : { 'mcp-session-id': session }),
    },
    ...(typeof message === 'string' ? {} : { body: JSON.stringify(message) }),
  });
}

async function open(proxy: ProxyFixture, caller: string): Promise<string> {
  const response = await send(proxy, caller, null, INITIALIZE);
  await response.text();
  return response.headers.get('mcp-session-id') ?? assert.fail('no session');
}

/** Status and wire reason of a refusal; the recorded one is in `proxy.heard`. */
async function refusalOf(response: Response): Promise<[number, unknown]> {
  const body = (await response.json()) as { error?: { data?: { reason?: unknown } } };
  return [response.status, body.error?.data?.reason];
}

const lastRecorded = (proxy: ProxyFixture): unknown => proxy.heard.refusals.at(-1)?.refusal.reason;

suite('a session', () => {
  test('is shown to its caller sealed, and to the upstream as it is', async () => {
    await using upstream = await startUpstream((response, reached) => {
      response.setHeader('mcp-session-id', 'inner-id');
      answerJson(response, reached);
    });
    await using proxy = await startBound(upstream.url);
    const session = await open(proxy, 'alice');
    assert.doesNotMatch(session, /inner-id/);
    const again = await send(proxy, 'alice', session, CALL);
    assert.equal(upstream.reached[1]?.headers['mcp-session-id'], 'inner-id');
    assert.equal(again.headers.get('mcp-session-id'), session);
  });

  test('works for its owner with the official server, GET stream and DELETE included', async () => {
    await using upstream = await startV1();
    await using proxy = await startBound(new URL(upstream.url));
    const session = await open(proxy, 'alice');
    assert.equal((await send(proxy, 'alice', session, CALL)).status, 200);
    const stream = await send(proxy, 'alice', session, 'GET');
    assert.equal(stream.headers.get('content-type'), 'text/event-stream');
    await stream.body?.cancel();
    assert.equal((await send(proxy, 'alice', session, 'DELETE')).status, 200);
    assert.deepEqual(await refusalOf(await send(proxy, 'alice', session, CALL)), [404, 'session.ended']);
  });

  for (const message of [CALL, 'GET', 'DELETE']) {
    test(`of another caller cannot be used with ${typeof message === 'string' ? message : 'POST'}`, async () => {
      await using upstream = await startV1();
      await using proxy = await startBound(new URL(upstream.url));
      const session = await open(proxy, 'alice');
      assert.deepEqual(await refusalOf(await send(proxy, 'bob', session, message)), [404, 'session.unknown']);
      assert.equal(lastRecorded(proxy), 'session.not-owner');
      assert.deepEqual(await upstream.calls(), []);
      assert.equal((await send(proxy, 'alice', session, CALL)).status, 200);
    });
  }

  for (const forged of ['victim-session', 'eyJzIjoidmljdGltIn0', 'A'.repeat(114), '0']) {
    test(`that was forged (${forged.slice(0, 20)}) reaches nobody`, async () => {
      await using upstream = await startV1();
      await using proxy = await startBound(new URL(upstream.url));
      assert.deepEqual(await refusalOf(await send(proxy, 'alice', forged, CALL)), [404, 'session.unknown']);
      assert.deepEqual(await upstream.calls(), []);
    });
  }

  test('survives a restart; one that was ended before does not come back', async () => {
    await using upstream = await startV1();
    const kept = fresh();
    const sessions: string[] = [];
    {
      await using proxy = await startBound(new URL(upstream.url), kept);
      sessions.push(await open(proxy, 'alice'), await open(proxy, 'alice'));
      await send(proxy, 'alice', sessions[1] ?? null, 'DELETE');
    }
    await using proxy = await startBound(new URL(upstream.url), kept);
    assert.equal((await send(proxy, 'alice', sessions[0] ?? null, CALL)).status, 200);
    assert.deepEqual(await refusalOf(await send(proxy, 'alice', sessions[1] ?? null, CALL)), [404, 'session.ended']);
    assert.deepEqual(await refusalOf(await send(proxy, 'bob', sessions[0] ?? null, CALL)), [404, 'session.unknown']);
  });

  test('that the upstream no longer knows is over here, too', async () => {
    await using upstream = await startUpstream((response, reached) => {
      response.setHeader('mcp-session-id', 'inner-id');
      if (reached.body.includes('initialize')) answerJson(response, reached);
      else response.writeHead(404).end();
    });
    await using proxy = await startBound(upstream.url);
    const session = await open(proxy, 'alice');
    assert.deepEqual(await refusalOf(await send(proxy, 'alice', session, CALL)), [404, 'upstream.status']);
    assert.deepEqual(await refusalOf(await send(proxy, 'alice', session, CALL)), [404, 'session.ended']);
    assert.equal(upstream.reached.length, 2);
  });
});

suite('an initialize flood', () => {
  test('is refused at the cap with a time to retry, and leaves other callers their room', async () => {
    let opened = 0;
    await using upstream = await startUpstream((response, reached) => {
      opened += 1;
      response.setHeader('mcp-session-id', `inner-${opened}`);
      answerJson(response, reached);
    });
    await using proxy = await startBound(upstream.url);
    for (let at = 0; at < 3; at += 1) await open(proxy, 'alice');
    for (let at = 0; at < 200; at += 1) {
      const response = await send(proxy, 'alice', null, INITIALIZE);
      assert.equal(response.headers.get('retry-after'), '60');
      assert.deepEqual(await refusalOf(response), [503, 'session.too-many']);
    }
    assert.equal(opened, 3);
    await open(proxy, 'bob');
  });

  test('that comes all at once reaches the upstream no more often than the cap', async () => {
    const answered = gate();
    let opened = 0;
    await using upstream = await startUpstream(async (response, reached) => {
      opened += 1;
      response.setHeader('mcp-session-id', `inner-${opened}`);
      await answered.opened;
      answerJson(response, reached);
    });
    await using proxy = await startBound(upstream.url);
    const statuses: number[] = [];
    const flood = Array.from({ length: 8 }, async () => {
      statuses.push((await send(proxy, 'alice', null, INITIALIZE)).status);
      // The others are refused while these are still under way.
      if (statuses.length === 5) answered.open();
    });
    await Promise.all(flood);
    assert.deepEqual(statuses, [503, 503, 503, 503, 503, 200, 200, 200]);
    assert.equal(opened, 3);
  });

  test('is ended upstream where the cap came down meanwhile', async () => {
    const ended = Promise.withResolvers<unknown>();
    await using upstream = await startUpstream((response, reached) => {
      response.setHeader('mcp-session-id', 'inner-id');
      if (reached.method === 'POST') return answerJson(response, reached);
      ended.resolve(reached.headers['mcp-session-id']);
      response.end();
    });
    const sessions = { reserve: () => ({ [Symbol.dispose]() {} }), bind: () => ({ kind: 'too-many' }) as const };
    await using proxy = await startProxy({
      upstream: upstream.url,
      assembly: { sessions: { ...sessions, end: () => {} } },
    });
    assert.deepEqual(await refusalOf(await send(proxy, 'alice', null, INITIALIZE)), [503, 'session.too-many']);
    assert.equal(await ended.promise, 'inner-id');
  });
});

suite('the modern era', () => {
  test('neither passes a session id on nor back', async () => {
    await using upstream = await startUpstream((response, reached) => {
      response.setHeader('mcp-session-id', 'inner-id');
      answerJson(response, reached);
    });
    await using proxy = await startBound(upstream.url);
    const meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': {},
    };
    const response = await fetch(proxy.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'accept': 'application/json, text/event-stream',
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': 'tools/list',
        'mcp-session-id': 'forged',
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta: meta } }),
    });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('mcp-session-id'), null);
    assert.equal(upstream.reached[0]?.headers['mcp-session-id'], undefined);
  });
});
