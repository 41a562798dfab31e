import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Header, Peer } from '../attacks/peer.ts';
import { outcomes } from '../envoy/outcomes.ts';
import { type CallFault, type FailingUpstream, startFailing } from '../faults/failing-upstream.ts';
import { type Answer, callTool, send, textOf, withHeaders } from './agent.ts';
import { CARRIERS, whyNot } from './carriers.ts';
import { policyOf } from './start-guarded.ts';
import { type StartedSallyport, startSallyport } from './start-sallyport.ts';

const RETRIES = 'retries: { attempts: 3, base_ms: 5, max_ms: 20, attempt_timeout_ms: 800, budget_reserve: 100 }';
const OPEN = ['identity: anonymous', 'capability: none'];

/** What an agent says that wants its calls tried more often. */
const GREEDY: readonly Header[] = [
  ['x-envoy-retry-on', '5xx,reset,connect-failure,retriable-status-codes'],
  ['x-envoy-max-retries', '20'],
  ['x-envoy-retriable-status-codes', '500'],
  ['x-envoy-upstream-rq-per-try-timeout-ms', '50'],
  ['idempotency-key', '"mine"'],
];

const FAULTS: Readonly<Record<string, CallFault>> = {
  '502': { status: 502 },
  '503': { status: 503 },
  '504': { status: 504 },
  '429 that says when': { status: 429, retryAfter: '1' },
  'a reset': 'reset',
  'silence': 'silent',
};

for (const carrier of CARRIERS) {
  suite(`calls that are tried again (${carrier})`, { skip: whyNot(carrier) }, () => {
    let upstream: FailingUpstream;
    let sallyport: StartedSallyport;
    let agent: Peer;
    before(async () => {
      upstream = await startFailing();
      sallyport = await startSallyport({
        carrier,
        servers: { tools: upstream.url },
        serverLines: [...OPEN, RETRIES, 'reply_timeout_ms: 10000'],
      });
      agent = { era: 'modern', url: sallyport.url('tools'), headers: [] };
    });
    after(async () => {
      await sallyport.close();
      await upstream[Symbol.asyncDispose]();
    });
    /** Of a tool that is pinned as idempotent. */
    const echo = (peer = agent): Promise<Answer> => callTool(peer, 'echo', { text: 'hi' });
    /** Of a tool with effects. */
    const add = (peer = agent): Promise<Answer> => callTool(peer, 'add', { a: 1, b: 2 });
    const keys = (): readonly unknown[] => upstream.arrived.map(({ headers }) => headers['idempotency-key']);

    for (const [name, fault] of Object.entries(FAULTS)) {
      test(`are those of a tool that may be called twice: ${name}`, async () => {
        upstream.fail(fault, 2);
        assert.equal(textOf(await echo()), 'hi');
        assert.equal(upstream.arrived.length, 3);
        assert.equal(new Set(keys()).size, 1);
        assert.match(String(keys()[0]), /^"[0-9a-f-]{36}"$/);
      });
    }

    for (const [name, fault] of Object.entries(FAULTS).filter(([, one]) => one !== 'silent')) {
      test(`are not those of a tool with effects, which is called once: ${name}`, async () => {
        for (const peer of [agent, withHeaders(agent, Object.fromEntries(GREEDY))]) {
          upstream.fail(fault, 1);
          assert.notEqual((await add(peer)).status, 200);
          assert.equal(upstream.arrived.length, 1);
          assert.deepEqual(keys(), [undefined]);
        }
      });
    }

    test('are tried no more often than is configured, whatever their agent says', async () => {
      upstream.fail({ status: 503 }, 100);
      assert.equal((await echo(withHeaders(agent, Object.fromEntries(GREEDY)))).status, 503);
      assert.equal(upstream.arrived.length, 3);
      assert.equal(keys().includes('"mine"'), false);
      upstream.fail({ status: 500 }, 100);
      assert.equal((await echo(withHeaders(agent, Object.fromEntries(GREEDY)))).status, 500);
      assert.equal(upstream.arrived.length, 1);
    });

    test('are not tried before the time that their server asked for', async () => {
      upstream.fail({ status: 503, retryAfter: '1' }, 1);
      assert.equal(textOf(await echo()), 'hi');
      const [first, second] = upstream.arrived;
      // Envoy's clock and ours differ by less than this.
      assert.ok((second?.atMs ?? 0) - (first?.atMs ?? 0) > 980);
    });

    test('are those that did not reach their server, whatever their tool does', async () => {
      upstream.fail('reset', 0);
      await upstream.hide();
      const recorded = (await outcomes(sallyport.folder, 0)).length;
      assert.equal((await add()).status, 503);
      const last = (await outcomes(sallyport.folder, recorded + 1)).at(-1);
      assert.deepEqual([last?.kind, last?.data['attempts']], ['upstream-failed', 3]);
      assert.equal(upstream.arrived.length, 0);
      await upstream.comeBack();
      assert.equal(textOf(await add()), '3');
      assert.equal(upstream.arrived.length, 1);
    });

    test('show their tool server nothing of how they are steered', async () => {
      upstream.fail({ status: 503 }, 1);
      await echo(withHeaders(agent, Object.fromEntries(GREEDY)));
      const names = upstream.arrived.flatMap(({ headers }) => Object.keys(headers));
      assert.deepEqual(
        names.filter((name) => name.startsWith('x-envoy')),
        [],
      );
    });

    test('are on record with their attempts, also when nobody judges their reply', async () => {
      const recorded = (await outcomes(sallyport.folder, 0)).length;
      upstream.fail({ status: 503 }, 1);
      // A client that cannot be asked back: in one wiring its reply passes unjudged.
      const _meta = { 'io.modelcontextprotocol/clientCapabilities': {} };
      await send(agent, 'tools/call', { name: 'echo', arguments: { text: 'hi' }, _meta });
      upstream.fail({ status: 503 }, 1);
      await echo();
      const [first, last] = (await outcomes(sallyport.folder, recorded + 2)).slice(-2);
      assert.deepEqual([first?.kind, first?.data['attempts'], first?.data['http_status']], ['answered', 2, 200]);
      assert.deepEqual([last?.kind, last?.data['attempts'], last?.data['http_status']], ['answered', 2, 200]);
    });
  });
}

const TOOLS = '{ id: tools, match: { tool: "*" }, effect: allow }';
const FOUR = '{ id: four, match: { tool: "*" }, effect: limit, budget: { calls: 4 } }';

for (const carrier of CARRIERS) {
  suite(`a budget of calls that are tried again (${carrier})`, { skip: whyNot(carrier) }, () => {
    test('counts each attempt', async () => {
      await using upstream = await startFailing();
      await using sallyport = await startSallyport({
        carrier,
        servers: { tools: upstream.url },
        serverLines: [...OPEN, RETRIES],
        policy: policyOf(TOOLS, FOUR),
      });
      const agent: Peer = { era: 'modern', url: sallyport.url('tools'), headers: [] };
      const echo = (): Promise<Answer> => callTool(agent, 'echo', { text: 'hi' });
      upstream.fail({ status: 503 }, 2);
      assert.equal(textOf(await echo()), 'hi');
      await outcomes(sallyport.folder, 1);
      assert.equal(textOf(await echo()), 'hi');
      await outcomes(sallyport.folder, 2);
      assert.equal((await echo()).reason, 'budget.exceeded');
      assert.equal(upstream.arrived.length, 4);
    });
  });
}

suite('a budget that ends while a call is tried again', () => {
  test('ends the attempts, and the call comes to what the last one did', async () => {
    await using upstream = await startFailing();
    await using sallyport = await startSallyport({
      servers: { tools: upstream.url },
      serverLines: [...OPEN, 'retries: { attempts: 5, base_ms: 1, max_ms: 2 }'],
      policy: policyOf(TOOLS, FOUR),
    });
    const agent: Peer = { era: 'modern', url: sallyport.url('tools'), headers: [] };
    upstream.fail({ status: 503 }, 100);
    const answer = await callTool(agent, 'echo', { text: 'hi' });
    assert.deepEqual([answer.status, answer.reason], [503, 'upstream.status']);
    assert.equal(upstream.arrived.length, 4);
    assert.equal((await callTool(agent, 'echo', { text: 'hi' })).reason, 'budget.exceeded');
    assert.equal(upstream.arrived.length, 4);
  });

  test('is not touched by attempts that did not reach their server', async () => {
    await using upstream = await startFailing();
    await using sallyport = await startSallyport({
      servers: { tools: upstream.url },
      serverLines: [...OPEN, RETRIES],
      policy: policyOf(TOOLS, FOUR),
    });
    const agent: Peer = { era: 'modern', url: sallyport.url('tools'), headers: [] };
    await upstream.hide();
    // Three attempts, of which the last one is what the call came to.
    for (let calls = 0; calls < 4; calls += 1) {
      assert.equal((await callTool(agent, 'add', { a: 1, b: 2 })).reason, 'upstream.unreachable');
    }
    assert.equal((await callTool(agent, 'add', { a: 1, b: 2 })).reason, 'budget.exceeded');
  });
});

suite('the breaker of a tool whose calls are tried again', () => {
  test('counts each attempt, and lets no further one through once it is open', async () => {
    await using upstream = await startFailing();
    const breaker = 'breaker: { minimum_calls: 3, window_calls: 3, wait_ms: 60000 }';
    const retries = 'retries: { attempts: 5, base_ms: 1, max_ms: 2 }';
    await using sallyport = await startSallyport({
      servers: { tools: upstream.url },
      serverLines: [...OPEN, retries, breaker],
    });
    const agent: Peer = { era: 'modern', url: sallyport.url('tools'), headers: [] };
    upstream.fail({ status: 503 }, 100);
    assert.equal((await callTool(agent, 'echo', { text: 'hi' })).status, 503);
    assert.equal(upstream.arrived.length, 3);
    assert.equal((await callTool(agent, 'echo', { text: 'hi' })).reason, 'breaker.open');
    assert.equal(upstream.arrived.length, 3);
  });
});
