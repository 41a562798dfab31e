import assert from 'node:assert/strict';
import { createServer, type ServerResponse } from 'node:http';
import { suite, test } from 'node:test';
import { Client as ClientV2, StreamableHTTPClientTransport as TransportV2 } from '@modelcontextprotocol/client';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { facts } from '../../src/decision/facts.fixture.ts';
import { found } from '../../src/decision/verdict.ts';
import type { Judged } from '../../src/outcome/reply-judge.ts';
import { type ProxyFixture, startProxy } from '../../src/transports/proxy/proxy.fixture.ts';
import { gate, startUpstream } from '../../src/transports/proxy/upstream.fixture.ts';
import { close, listen } from '../servers/listen.ts';
import { nodeFace } from '../servers/node-face.ts';

const INFO = { name: 'test', version: '1.0.0' };

interface WaitingServer extends AsyncDisposable {
  readonly url: URL;
  /** Lets the tool finish. */
  readonly finish: () => void;
  /** Opens when the tool was told that its call is cancelled. */
  readonly cancelled: Promise<void>;
}

/** An official server of both eras whose tool `wait` tells its progress and then waits for the test. */
async function startWaiting(): Promise<WaitingServer> {
  const finish = gate();
  const cancelled = gate();
  const handler = createMcpHandler(() => {
    const server = new McpServer({ name: 'waiting', version: '1.0.0' });
    server.registerTool('wait', { description: 'Waits.' }, async (ctx) => {
      const { signal, _meta, notify } = ctx.mcpReq;
      signal.addEventListener('abort', () => cancelled.open());
      const progressToken = _meta?.progressToken ?? assert.fail('no progress token');
      await notify({ method: 'notifications/progress', params: { progressToken, progress: 1 } });
      await finish.opened;
      return { content: [{ type: 'text', text: 'done' }] };
    });
    return server;
  });
  const http = createServer(nodeFace(handler));
  const url = new URL(await listen(http));
  return {
    url,
    finish: finish.open,
    cancelled: cancelled.opened,
    async [Symbol.asyncDispose]() {
      finish.open();
      await handler.close();
      await close(http);
    },
  };
}

interface CallOptions {
  readonly onprogress: () => void;
  readonly signal?: AbortSignal;
}

interface Driver {
  wait(options: CallOptions): Promise<unknown>;
  close(): Promise<void>;
}

async function v2(url: URL, mode: 'legacy' | { pin: string }): Promise<Driver> {
  const client = new ClientV2(INFO, { versionNegotiation: { mode } });
  await client.connect(new TransportV2(url));
  return { wait: (options) => client.callTool({ name: 'wait' }, options), close: () => client.close() };
}

async function v1(url: URL): Promise<Driver> {
  const client = new ClientV1(INFO);
  await client.connect(new TransportV1(url));
  return { wait: (options) => client.callTool({ name: 'wait' }, undefined, options), close: () => client.close() };
}

const CLIENTS: Record<string, (url: URL) => Promise<Driver>> = {
  'TypeScript 2 legacy': (url) => v2(url, 'legacy'),
  'TypeScript 2 modern': (url) => v2(url, { pin: '2026-07-28' }),
  'TypeScript 1': v1,
};

suite('a call of', () => {
  for (const [name, connect] of Object.entries(CLIENTS)) {
    test(`${name} hears of progress before there is a result: nothing is held back`, async () => {
      await using server = await startWaiting();
      await using proxy = await startProxy({ upstream: server.url });
      const client = await connect(proxy.url);
      // The tool waits for the progress to be heard: a proxy that buffers would never get to the result.
      const result = await client.wait({ onprogress: server.finish });
      assert.match(JSON.stringify(result), /done/);
      await client.close();
    });

    test(`${name} that is cancelled is cancelled upstream`, async () => {
      await using server = await startWaiting();
      await using proxy = await startProxy({ upstream: server.url });
      const client = await connect(proxy.url);
      const cancel = new AbortController();
      const call = client.wait({ onprogress: () => cancel.abort(), signal: cancel.signal });
      await assert.rejects(call);
      await proxy.outcomes(1);
      await Promise.race([server.cancelled, legacyWithoutSession(name, proxy)]);
      await client.close();
    });
  }
});

/**
 * Without sessions a legacy server cannot match `notifications/cancelled` with the call on another request: then it is enough
 * that the notification got through.
 */
async function legacyWithoutSession(name: string, proxy: ProxyFixture): Promise<void> {
  if (name.endsWith('modern')) await new Promise(() => {});
  while (!proxy.heard.intents.some(({ call }) => call.method === 'notifications/cancelled')) {
    await new Promise(setImmediate);
  }
}

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
      await using proxy = await startProxy({ upstream: upstream.url, server: { streamMaxAgeMs: 200 } });
      const reader = await openStream(proxy, kind);
      assert.partialDeepStrictEqual(await lastEvent(reader), reasonIn(kind, 'stream.too-old'));
    });
  }

  test('(GET) ends with a last event when its token expires', async () => {
    await using upstream = await openStreams();
    const stages = { authenticate: () => found({ ...facts.identity, expiresAtMs: Date.now() + 200 }) };
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

/** Blocks in which some client finds data that a plain reader of event streams does not. */
const HIDING: Record<string, (evil: string) => string> = {
  'behind what is taken for a byte order mark': (evil) => `\u00ef\u00bb\u00bfdata: ${evil}\n\n`,
  'behind a byte order mark in a comment': (evil) => `: a\n\ufeffdata: ${evil}\n\n`,
  'behind a line separator': (evil) => `: a\u2028data: ${evil}\u2028\u2028\n\n`,
  'behind a form feed': (evil) => `id: 1\fdata: ${evil}\f\f\n\n`,
};

suite('a tool definition that nobody accepted, hidden', () => {
  for (const [where, hide] of Object.entries(HIDING)) {
    for (const [name, list] of Object.entries({ 'TypeScript 1': v1List, 'TypeScript 2': v2List })) {
      test(`${where}, does not get to ${name}`, async () => {
        await using upstream = await startUpstream((response, { body }) => answerHiding(response, body, hide));
        await using proxy = await startProxy({
          upstream: upstream.url,
          assembly: { createJudge: () => ({ seen: {}, judge: judgeEvil }) },
        });
        assert.deepEqual(await list(proxy.url), ['good']);
      });
    }
  }
});

/** A judge that lets nothing of an evil tool pass. */
function judgeEvil(message: Uint8Array): Judged {
  return Buffer.from(message).includes('evil') ? { kind: 'reject', reason: 'reply.unreadable' } : { kind: 'pass' };
}

function answerHiding(response: ServerResponse, body: string, hide: (evil: string) => string): void {
  const { id, method } = JSON.parse(body === '' ? '{}' : body) as { id?: number; method?: string };
  const answer = (result: object): string => JSON.stringify({ jsonrpc: '2.0', id, result });
  const tools = (toolName: string): object => ({ tools: [{ name: toolName, inputSchema: { type: 'object' } }] });
  const hello = { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: INFO };
  const replies: Record<string, string> = {
    'initialize': `data: ${answer(hello)}\n\n`,
    'tools/list': `${hide(answer(tools('evil')))}data: ${answer(tools('good'))}\n\n`,
  };
  const reply = replies[method ?? ''];
  const status = method === undefined ? 405 : 202;
  if (reply === undefined) response.writeHead(status).end();
  else response.writeHead(200, { 'content-type': 'text/event-stream' }).end(reply);
}

async function v1List(url: URL): Promise<string[]> {
  const client = new ClientV1(INFO);
  await client.connect(new TransportV1(url));
  const { tools } = await client.listTools();
  await client.close();
  return tools.map(({ name }) => name);
}

async function v2List(url: URL): Promise<string[]> {
  const client = new ClientV2(INFO, { versionNegotiation: { mode: 'legacy' } });
  await client.connect(new TransportV2(url));
  const { tools } = await client.listTools();
  await client.close();
  return tools.map(({ name }) => name);
}
