import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { suite, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type { Peer } from '../attacks/peer.ts';
import { RawConnection } from '../attacks/raw-connection.ts';
import { callText, rawRequest } from '../attacks/raw-request.ts';
import { type Answer, callTool, textOf } from '../e2e/agent.ts';
import { type FaultProxy, startFaultProxy } from '../faults/fault-proxy.ts';
import { close, listen } from '../servers/listen.ts';
import { startV2 } from '../servers/v2/start-v2.ts';
import { whyNoEnvoy } from './envoy-part.ts';
import { startMoody } from './moody-upstream.ts';
import { towards } from './scripted-upstream.ts';
import { OPEN_SERVER, startGuarded } from './start-guarded.ts';

const FEW = 'max_connections: 1, max_pending_requests: 1';
const BREAKER = 'breaker: { minimum_calls: 3, window_calls: 4, half_open_calls: 2, wait_ms: 400, max_wait_ms: 400 }';

/** What an agent sees of a server that dies and comes back. */
async function dieAndComeBack(way: FaultProxy, echo: () => Promise<Answer>): Promise<void> {
  assert.equal(textOf(await echo()), 'hi');
  await way.set('reset');
  const dead = async (): Promise<Answer> => {
    for (;;) {
      const answer = await echo();
      if (answer.status === 200) return answer;
      assert.equal(answer.status, 503);
    }
  };
  assert.equal((await dead()).reason, 'breaker.open');
  const { taken } = way;
  assert.equal((await echo()).reason, 'breaker.open');
  assert.equal(way.taken, taken);

  await way.set('none');
  const tried = async (): Promise<Answer> => {
    for (;;) {
      const answer = await echo();
      if (answer.reason !== 'breaker.open') return answer;
      await wait(20);
    }
  };
  assert.equal(textOf(await tried()), 'hi');
  assert.equal(textOf(await tried()), 'hi');
  for (let i = 0; i < 4; i++) assert.equal(textOf(await echo()), 'hi');
}

suite('a tool whose server dies behind Envoy', { skip: whyNoEnvoy() }, () => {
  for (const wiring of ['authorize', 'inspect'] as const) {
    test(`is refused, and tried again when its server is back (${wiring})`, { timeout: 30_000 }, async () => {
      await using upstream = await startV2();
      await using way = await startFaultProxy(upstream.url);
      await using guarded = await startGuarded({ upstream: way.url, wiring, serverLines: [...OPEN_SERVER, BREAKER] });
      const peer: Peer = { era: 'modern', url: guarded.envoy.url, headers: [] };
      await dieAndComeBack(way, () => callTool(peer, 'echo', { text: 'hi' }));
    });

    test(`is not refused to others because an agent asks for replies that are too large (${wiring})`, async () => {
      await using pinned = await startV2();
      await using generous = await startGenerous();
      await using guarded = await startGuarded({
        upstream: pinned.url,
        wiring,
        serverLines: [...OPEN_SERVER, BREAKER, ...(wiring === 'authorize' ? ['judge_replies: always'] : [])],
        edit: towards(pinned.url, generous.url),
      });
      const peer: Peer = { era: 'modern', url: guarded.envoy.url, headers: [] };
      for (let count = 0; count < 6; count += 1) {
        assert.notEqual((await callTool(peer, 'echo', { text: 'much' })).status, 200);
      }
      assert.equal(textOf(await callTool(peer, 'echo', { text: 'hi' })), 'hi');
    });
  }

  test('is not refused to others because agents have all connections', { timeout: 30_000 }, async () => {
    await using upstream = await startMoody();
    await using guarded = await startGuarded({
      upstream: upstream.url,
      // Each has a connection of its own, whatever the limit is.
      workers: 1,
      serverLines: [...OPEN_SERVER, BREAKER],
      edit: (text) => text.replace('max_connections: 256, max_pending_requests: 512', FEW),
    });
    const peer: Peer = { era: 'modern', url: guarded.envoy.url, headers: [] };
    upstream.mood = 'silent';
    const body = callText(peer, '"name":"echo","arguments":{"text":"hi"}');
    const holding = await Promise.all(Array.from({ length: 8 }, () => RawConnection.open(peer.url)));
    const answered: RawConnection[] = [];
    const hold = async (connection: RawConnection): Promise<void> => {
      await connection.exchange(rawRequest(peer, { tool: 'echo', body }), 20_000);
      answered.push(connection);
    };
    const [first, ...others] = holding.map((connection) => () => void hold(connection));
    first?.();
    while (upstream.waiting === 0) await wait(10);
    for (const begin of others) begin();
    // One waits for the connection that the first has.
    while (answered.length < others.length - 1) await wait(10);
    const refused = new Set<number>();
    for (let count = 0; count < 6; count += 1) refused.add((await callTool(peer, 'echo', { text: 'hi' })).status);
    // A breaker that counted them would be open by now, and answer 200.
    assert.deepEqual([...refused], [503]);
    for (const connection of holding) connection[Symbol.dispose]();
  });
});

/** A tool server that says as much as it is asked for: more than Envoy holds, or a word. */
async function startGenerous(): Promise<AsyncDisposable & { readonly url: string }> {
  const http = createServer((request, response) => {
    void (async () => {
      const { id, params } = (await json(request)) as { id: unknown; params: { arguments: { text: string } } };
      const { text } = params.arguments;
      const content = [{ type: 'text', text: text === 'much' ? 'x'.repeat(9 * 1024 * 1024) : text }];
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"jsonrpc":"2.0",');
      response.end(`"id":${JSON.stringify(id)},"result":${JSON.stringify({ resultType: 'complete', content })}}`);
    })();
  });
  return { url: await listen(http), [Symbol.asyncDispose]: () => close(http) };
}
