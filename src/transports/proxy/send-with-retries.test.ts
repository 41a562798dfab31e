import assert from 'node:assert/strict';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { facts } from '../../decision/facts.fixture.ts';
import type { Facts } from '../../decision/facts.ts';
import type { FurtherAttempts } from '../../decision/further-attempts.ts';
import type { Outcome } from '../../decision/record.ts';
import { found } from '../../decision/verdict.ts';
import type { RetrySettings } from '../../outcome/retries/retry-verdict.ts';
import { type ProxyFixture, type ProxyFixtureOptions, startProxy } from './proxy.fixture.ts';
import { answerJson, gate, type Reached, startUpstream, until } from './upstream.fixture.ts';

const CALL = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'echo', arguments: { text: 'hi' } } };
const RETRIES: RetrySettings = {
  attempts: 3,
  baseMs: 1,
  maxMs: 2,
  attemptTimeoutMs: undefined,
  budgetPercent: 20,
  budgetReserve: 10,
};

function post(url: URL, signal = new AbortController().signal): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'accept': 'application/json, text/event-stream' },
    body: JSON.stringify(CALL),
    signal,
  });
}

interface Bench {
  /** Answers of the tool server, in order; the last one is for all that follow. */
  readonly answers: readonly ((response: ServerResponse, reached: Reached) => void)[];
  readonly idempotent?: boolean;
  readonly retries?: Partial<RetrySettings>;
  readonly replyTimeoutMs?: number;
  readonly further?: Partial<FurtherAttempts>;
}

interface Running extends AsyncDisposable {
  readonly proxy: ProxyFixture;
  readonly reached: readonly Reached[];
  /** What the breaker heard of attempts that were not the last. */
  readonly failed: readonly Outcome[];
}

async function start({ answers, idempotent = true, retries, replyTimeoutMs = 5000, further }: Bench): Promise<Running> {
  const failed: Outcome[] = [];
  let next = 0;
  const upstream = await startUpstream((response, reached) => {
    const answer = answers[Math.min(next, answers.length - 1)];
    next += 1;
    answer?.(response, reached);
  });
  const proxy = await startProxy({
    upstream: upstream.url,
    server: { replyTimeoutMs, retries: { ...RETRIES, ...retries } },
    ...calling(idempotent),
    assembly: {
      furtherAttempts: { failed: (outcome) => void failed.push(outcome), mayTry: () => true, ...further },
    },
  });
  return {
    proxy,
    failed,
    reached: upstream.reached,
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await upstream[Symbol.asyncDispose]();
    },
  };
}

function calling(idempotent: boolean): Pick<ProxyFixtureOptions, 'stages'> {
  const target: Facts['target'] = { ...facts.target, idempotent };
  return { stages: { checkTarget: () => found(target) } };
}

const unavailable =
  (status: number, retryAfter?: string) =>
  (response: ServerResponse): void => {
    response.writeHead(status, retryAfter === undefined ? {} : { 'retry-after': retryAfter }).end();
  };
const reset = (response: ServerResponse): void => void response.socket?.resetAndDestroy();
const silent = (): void => {};

suite('a call that may be made twice', () => {
  const failures = { 'a reset': reset, '503': unavailable(503), '502': unavailable(502), '429': unavailable(429, '0') };
  for (const [name, failing] of Object.entries(failures)) {
    test(`is tried again after ${name}, under one key, and its breaker hears of each attempt`, async () => {
      await using bench = await start({ answers: [failing, failing, answerJson] });
      const response = await post(bench.proxy.url);
      assert.equal(response.status, 200);
      assert.equal(bench.reached.length, 3);
      const keys = new Set(bench.reached.map(({ headers }) => headers['idempotency-key']));
      const [outcome] = await bench.proxy.outcomes(1);
      assert.deepEqual([...keys], [`"${outcome?.decisionId}"`]);
      assert.deepEqual([outcome?.kind, outcome?.attempts, outcome?.httpStatus], ['answered', 3, 200]);
      assert.equal(bench.failed.length, 2);
      assert.equal(bench.proxy.heard.intents.length, 1);
    });
  }

  test('is tried again when it is not answered in the time of an attempt', async () => {
    await using bench = await start({ answers: [silent, answerJson], retries: { attemptTimeoutMs: 500 } });
    assert.equal((await post(bench.proxy.url)).status, 200);
    assert.equal(bench.reached.length, 2);
  });

  test('is given up after all attempts, with the last reply', async () => {
    await using bench = await start({ answers: [unavailable(503)] });
    const response = await post(bench.proxy.url);
    assert.equal(response.status, 503);
    assert.match(await response.text(), /upstream\.status/);
    assert.equal(bench.reached.length, 3);
    assert.deepEqual([(await bench.proxy.outcomes(1))[0]?.attempts, bench.failed.length], [3, 2]);
  });

  test('is not tried again before the time that the server asked for, nor when that is after the deadline', async () => {
    await using bench = await start({ answers: [unavailable(503, '6')] });
    assert.equal((await post(bench.proxy.url)).status, 503);
    assert.equal(bench.reached.length, 1);
    await using soon = await start({ answers: [unavailable(503, '1'), answerJson] });
    const beganMs = performance.now();
    assert.equal((await post(soon.proxy.url)).status, 200);
    assert.ok(performance.now() - beganMs >= 1000);
  });

  test('is not tried again when its breaker says no', async () => {
    await using bench = await start({ answers: [unavailable(503)], further: { mayTry: () => false } });
    assert.equal((await post(bench.proxy.url)).status, 503);
    assert.deepEqual([bench.reached.length, bench.failed.length], [1, 1]);
  });

  test('is not tried again when the server’s share is used up', async () => {
    await using bench = await start({
      answers: [unavailable(503)],
      retries: { budgetReserve: 1, budgetPercent: 1, attempts: 5 },
    });
    await post(bench.proxy.url);
    assert.equal(bench.reached.length, 2);
    await post(bench.proxy.url);
    assert.equal(bench.reached.length, 3);
  });

  test('is not tried again when its caller has gone', async () => {
    await using bench = await start({ answers: [unavailable(503, '1'), answerJson] });
    const client = new AbortController();
    const answer = post(bench.proxy.url, client.signal);
    await until(() => bench.failed.length === 1);
    client.abort();
    await assert.rejects(answer);
    assert.equal((await bench.proxy.outcomes(1))[0]?.kind, 'cancelled');
    assert.equal(bench.reached.length, 1);
  });

  test('is not tried again by rules that are no longer those of now', async () => {
    await using bench = await start({ answers: [unavailable(503, '1'), answerJson] });
    const answer = post(bench.proxy.url);
    await until(() => bench.failed.length === 1);
    bench.proxy.reload({});
    assert.equal((await answer).status, 503);
    assert.equal(bench.reached.length, 1);
  });

  test('is answered as it is by any other status', async () => {
    for (const status of [400, 404, 500]) {
      await using bench = await start({ answers: [unavailable(status)] });
      assert.equal((await post(bench.proxy.url)).status, status);
      assert.deepEqual([bench.reached.length, bench.failed.length], [1, 0]);
    }
  });
});

suite('a call of a tool with effects', () => {
  const failures = {
    'a reset': reset,
    '502': unavailable(502),
    '503': unavailable(503),
    '503 that says when': unavailable(503, '0'),
    '429': unavailable(429, '0'),
    'silence': silent,
  };
  for (const [name, failing] of Object.entries(failures)) {
    test(`is sent once: ${name}`, async () => {
      await using bench = await start({
        answers: [failing, answerJson],
        idempotent: false,
        replyTimeoutMs: 1000,
        retries: { attemptTimeoutMs: 50 },
      });
      assert.notEqual((await post(bench.proxy.url)).status, 200);
      assert.equal(bench.reached.length, 1);
      assert.equal(bench.reached[0]?.headers['idempotency-key'], undefined);
      assert.equal((await bench.proxy.outcomes(1))[0]?.attempts, undefined);
    });
  }

  test('is sent when its server comes back while it could not be reached', async () => {
    const port = await freePort();
    const reached: string[] = [];
    const server = createServer((request, response) => {
      reached.push(request.url ?? '');
      request.resume().on('end', () => answerJson(response, { method: '', headers: {}, body: '{"id":1}' }));
    });
    const back = gate();
    const failed: Outcome[] = [];
    await using proxy = await startProxy({
      upstream: new URL(`http://127.0.0.1:${port}/mcp`),
      server: { retries: { ...RETRIES, attempts: 5, baseMs: 100, maxMs: 200 } },
      ...calling(false),
      door: { random: () => 0.9 },
      assembly: {
        furtherAttempts: {
          failed(outcome) {
            failed.push(outcome);
            server.listen(port, '127.0.0.1', back.open);
          },
          mayTry: () => true,
        },
      },
    });
    const answer = post(proxy.url);
    await back.opened;
    assert.equal((await answer).status, 200);
    assert.deepEqual([reached.length, failed.length], [1, 1]);
    server.closeAllConnections();
    server.close();
  });

  test('is given up when its server takes no connection', async () => {
    const port = await freePort();
    await using proxy = await startProxy({
      upstream: new URL(`http://127.0.0.1:${port}/mcp`),
      server: { retries: RETRIES },
      ...calling(false),
    });
    assert.equal((await post(proxy.url)).status, 503);
    const [outcome] = await proxy.outcomes(1);
    assert.deepEqual(
      [outcome?.kind, outcome?.reason, outcome?.attempts],
      ['upstream-failed', 'upstream.unreachable', 3],
    );
  });
});

suite('whatever a tool server does', () => {
  const cut = (response: ServerResponse): void => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
    response.write('{"jsonrpc"', () => response.destroy());
  };
  const doings = {
    answers: answerJson,
    resets: reset,
    cuts: cut,
    stalls: silent,
    unavailable: unavailable(503),
    later: unavailable(503, '0'),
    gateway: unavailable(502),
    many: unavailable(429, '0'),
    fails: unavailable(500),
  };
  const names = fc.array(fc.constantFrom(...(Object.keys(doings) as (keyof typeof doings)[])), {
    minLength: 1,
    maxLength: 6,
  });

  test('a call with effects reaches it once at most, and another no more often than is configured', async () => {
    await fc.assert(
      fc.asyncProperty(names, fc.boolean(), fc.integer({ min: 2, max: 5 }), async (script, idempotent, attempts) => {
        await using bench = await start({
          answers: script.map((name) => doings[name]),
          idempotent,
          replyTimeoutMs: 120,
          retries: { attempts, attemptTimeoutMs: 25 },
        });
        const { status } = await post(bench.proxy.url);
        const { length } = bench.reached;
        assert.ok(length <= (idempotent ? attempts : 1), `${length} times`);
        const [outcome] = await bench.proxy.outcomes(1);
        // On a busy machine an attempt may be over before it has a connection.
        const made = outcome?.attempts ?? 1;
        assert.ok(length <= made && made <= attempts);
        // Each attempt but the last is told to the breaker, and the last is the outcome.
        assert.equal(bench.failed.length, made - 1);
        assert.ok(status !== 200 || script.slice(0, length).includes('answers'));
      }),
      { numRuns: 60 },
    );
  });
});

async function freePort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
