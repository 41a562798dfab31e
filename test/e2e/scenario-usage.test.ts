import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { metric, toldRecords } from '../envoy/outcomes.ts';
import { startFailing } from '../faults/failing-upstream.ts';
import { whyNoRedis } from '../redis/redis-part.ts';
import { startRedis } from '../redis/start-redis.ts';
import { startSallyport } from './start-sallyport.ts';
import { beginEpochs, epochKeys } from '../../src/stores/redis/epoch.ts';
import { openClient } from '../redis/open-client.ts';

/** An API of the kind that the route of these tests leads to. */
async function startApi(answer: RequestListener): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const BUDGET =
  'budget: { name: llm, cost: 100, unit: tokens, by: everyone, reserve: 10, price: { input: 1000000, output: 1000000 } }';

/** A Sallyport with a route `/llm` whose budget of 100 has a price of 1 for each token; 10 are reserved. */
async function startRoute(url: string, store = '') {
  await using undo = new AsyncDisposableStack();
  const tools = undo.use(await startFailing());
  const route = ['route: /llm', `upstream: ${url}`, 'identity: anonymous', 'usage: openai', BUDGET];
  const more = ['passthrough:', '  llm:', ...route.map((line) => `    ${line}`), store, ''].join('\n');
  const sallyport = await startSallyport({ servers: { tools: tools.url }, more });
  undo.defer(() => sallyport.close());
  const overNow = async (): Promise<number> =>
    (await toldRecords(sallyport.folder)).filter(({ type }) => type === 'outcome').length;
  const target = new URL('/llm/v1/chat/completions', sallyport.url('tools'));
  const started = undo.move();
  return {
    folder: sallyport.folder,
    /** Asks, and waits until `over` requests in all are settled. @returns the status, and the reason of a refusal. */
    async ask(over: number, method = 'POST'): Promise<readonly [number, string | undefined]> {
      const response = await fetch(target, method === 'POST' ? { method, body: '{}' } : { method });
      const said = await response.text();
      while ((await overNow()) < over) await pause(5);
      return [response.status, /budget\.\w+/.exec(said)?.[0]];
    },
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

const said = (tokens: number): string =>
  JSON.stringify({ choices: [], usage: { prompt_tokens: tokens - 5, completion_tokens: 5 } });

suite('a route whose replies say what they cost', { timeout: 60_000 }, () => {
  for (const [name, isStream] of [
    ['in JSON', false],
    ['at the end of a stream', true],
  ] as const) {
    test(`is refused when its budget is used up, as replies said ${name}`, async () => {
      await using api = await startApi((_request, response) => {
        response.setHeader('content-type', isStream ? 'text/event-stream' : 'application/json');
        response.end(isStream ? `data: {"usage":null}\n\ndata: ${said(45)}\n\ndata: [DONE]\n\n` : said(45));
      });
      await using route = await startRoute(api.url);
      for (const over of [1, 2, 3]) assert.deepEqual(await route.ask(over), [200, undefined]);
      const [status, reason] = await route.ask(3);
      assert.deepEqual([status >= 400, reason], [true, 'budget.exceeded']);
      // To look at something costs nothing.
      assert.deepEqual(await route.ask(4, 'GET'), [200, undefined]);
    });
  }

  test('takes what was reserved where a reply says nothing, and nothing where the API refuses', async () => {
    let status = 200;
    await using api = await startApi((_request, response) => response.writeHead(status).end('{}'));
    await using route = await startRoute(api.url);
    let over = 0;
    for (; over < 9; ) assert.equal((await route.ask((over += 1)))[0], 200);
    status = 429;
    for (; over < 15; ) assert.equal((await route.ask((over += 1)))[0], 429);
    status = 200;
    assert.equal((await route.ask((over += 1)))[0], 200);
    assert.equal((await route.ask(over))[1], 'budget.exceeded');
  });

  test('is counted in metrics as the record has it', async () => {
    await using api = await startApi((_request, response) => response.end(said(45)));
    await using route = await startRoute(api.url);
    for (const over of [1, 2]) assert.deepEqual(await route.ask(over), [200, undefined]);
    const ofRoute = 'server="llm",tenant=""';
    const labels = 'server="llm",gen_ai_operation_name="chat",gen_ai_provider_name="openai"';
    const samples = await Promise.all(
      [
        `sallyport_tokens_total{${ofRoute},type="input"}`,
        `sallyport_tokens_total{${ofRoute},type="output"}`,
        'sallyport_cost_total{server="llm",tool="",tenant="",rule="llm",unit="tokens"}',
        `gen_ai_client_token_usage_sum{${labels},gen_ai_token_type="input"}`,
        `gen_ai_client_token_usage_count{${labels},gen_ai_token_type="output"}`,
        'sallyport_outcomes_total{server="llm",kind="answered"}',
        'sallyport_label_overflow_total{label="server"}',
      ].map((sample) => metric(route.folder, sample)),
    );
    assert.deepEqual(samples, [80, 10, 90, 80, 2, 2, 0]);
    const told = (await toldRecords(route.folder)).filter(({ type }) => type === 'outcome');
    assert.deepEqual(
      told.map(({ data }) => data['tokens']),
      Array.from({ length: 2 }, () => ({ cache_read: 0, cache_write: 0, input: 40, output: 5 })),
    );
  });

  test('has one budget over all instances with the same Redis', { skip: whyNoRedis() }, async () => {
    await using redis = await startRedis();
    using opened = await openClient({ socket: redis.socket, timeout_ms: 1000 });
    await beginEpochs(opened.client, epochKeys(opened.config.key_prefix, false));
    await using api = await startApi((_request, response) => response.end(said(45)));
    const store = `store: { kind: redis, socket: ${redis.socket}, timeout_ms: 1000 }`;
    await using one = await startRoute(api.url, store);
    await using other = await startRoute(api.url, store);
    for (const route of [one, other]) assert.deepEqual(await route.ask(1), [200, undefined]);
    assert.deepEqual(await one.ask(2), [200, undefined]);
    while ((await other.ask(1))[1] !== 'budget.exceeded') await pause(5);
  });
});
