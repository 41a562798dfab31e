import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { deny } from '../../decision/verdict.ts';
import type { UsageTerms } from '../../outcome/usage/usage-terms.ts';
import type { PassthroughRoute } from './proxy-assembly.ts';
import { startProxy } from './proxy.fixture.ts';
import { gate, type Reached, startUpstream } from './upstream.fixture.ts';
import type { ServerResponse } from 'node:http';

const usage: UsageTerms = {
  format: 'anthropic',
  prices: { input: 1_000_000, output: 2_000_000, cacheRead: 0, cacheWrite: 0 },
  budget: { name: 'llm', unit: 'tokens', most: 1000, by: 'everyone', lastsMs: 1000, estimate: 50 },
};
const START = 'data: {"type":"message_start","message":{"usage":{"input_tokens":30,"output_tokens":1}}}\n\n';
const DELTA = 'data: {"type":"message_delta","usage":{"output_tokens":7}}\n\n';
const STREAM = { 'content-type': 'text/event-stream' };

/** A proxy with a route `/llm`, and what answers it. */
async function start(answer: (response: ServerResponse, reached: Reached) => void, refuses = false) {
  const upstream = await startUpstream(answer);
  const route: PassthroughRoute = {
    name: 'llm',
    prefix: '/llm',
    upstream: upstream.url,
    identity: 'anonymous',
    resource: undefined,
    hosts: undefined,
    origins: new Set(),
    maxBodyBytes: 1000,
    forwardHeaders: new Set(),
    usage,
  };
  const proxy = await startProxy({
    upstream: new URL('http://127.0.0.1:1/mcp'),
    passthrough: [route],
    assembly: refuses ? { takeUsage: () => deny('limit', 'budget.exceeded') } : {},
  });
  return {
    upstream,
    ask: (signal = new AbortController().signal) =>
      fetch(new URL('/llm', proxy.url), { method: 'POST', body: '{}', signal }),
    /** What the first request cost. */
    cost: async () => (await proxy.outcomes(1))[0]?.costs?.get('llm'),
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await upstream[Symbol.asyncDispose]();
    },
  };
}

suite('UsageWatch', () => {
  test('tells what a stream cost, and holds no byte of it up', async () => {
    const opened = gate();
    await using bench = await start(async (response) => {
      response.writeHead(200, STREAM).write(START);
      await opened.opened;
      response.end(DELTA);
    });
    const reader = (await bench.ask()).body?.getReader();
    const first = await reader?.read();
    assert.equal(Buffer.from(first?.value ?? []).toString(), START);
    opened.open();
    const second = await reader?.read();
    assert.equal(Buffer.from(second?.value ?? []).toString(), DELTA);
    assert.equal((await reader?.read())?.done, true);
    assert.equal(await bench.cost(), 30 + 14);
  });

  test('asks for replies that can be looked at, and takes what was reserved for others', async () => {
    const body = gzipSync(JSON.stringify({ usage: { input_tokens: 1, output_tokens: 1 } }));
    await using bench = await start((response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(body));
    await (await bench.ask()).text();
    assert.equal(bench.upstream.reached[0]?.headers['accept-encoding'], undefined);
    assert.equal(await bench.cost(), 50);
  });

  test('takes at least what was reserved for a stream that breaks', async () => {
    await using bench = await start((response) => {
      response.writeHead(200, STREAM);
      response.write(START, () => response.destroy());
    });
    await assert.rejects(bench.ask().then((response) => response.text()));
    assert.equal(await bench.cost(), 50);
  });

  test('takes nothing for a reply that is an error', async () => {
    await using bench = await start((response) => response.writeHead(529).end('{}'));
    assert.equal((await bench.ask()).status, 529);
    assert.equal(await bench.cost(), 0);
  });

  test('is not asked where the budget is used up: nothing is passed on', async () => {
    await using bench = await start((response) => response.end('{}'), true);
    assert.match(await (await bench.ask()).text(), /budget\.exceeded/);
    assert.deepEqual(bench.upstream.reached, []);
  });
});
