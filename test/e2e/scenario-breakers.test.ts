import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type { Peer } from '../attacks/peer.ts';
import { type FaultProxy, startFaultProxy } from '../faults/fault-proxy.ts';
import type { Upstream } from '../servers/upstream.ts';
import { startV2 } from '../servers/v2/start-v2.ts';
import { type Answer, callTool, openAgent, send, textOf } from './agent.ts';
import { type Guarded, startGuarded } from './start-guarded.ts';

const WAIT_MS = 1000;
const BREAKER = `breaker: { minimum_calls: 3, window_calls: 4, half_open_calls: 2, wait_ms: ${WAIT_MS}, max_wait_ms: ${WAIT_MS} }`;

suite('the breaker of a tool', () => {
  let upstream: Upstream;
  let way: FaultProxy;
  let guarded: Guarded;
  let alice: Peer;
  before(async () => {
    upstream = await startV2();
    way = await startFaultProxy(upstream.url);
    guarded = await startGuarded({
      servers: { tools: way.url },
      lines: { tools: [BREAKER, 'reply_timeout_ms: 1000'] },
    });
    alice = await openAgent(guarded, 'modern', 'user:alice');
  });
  after(async () => {
    await guarded.close();
    await way[Symbol.asyncDispose]();
    await upstream.close();
  });

  const echo = (): Promise<Answer> => callTool(alice, 'echo', { text: 'hi' });
  const reasonsOf = async (calls: number): Promise<readonly (string | undefined)[]> => {
    const reasons: (string | undefined)[] = [];
    for (let i = 0; i < calls; i++) reasons.push((await echo()).reason);
    return reasons;
  };
  /** Waits until calls are tried again. @returns what came of the first one. */
  const tried = async (): Promise<Answer> => {
    for (;;) {
      const answer = await echo();
      if (answer.reason !== 'breaker.open') return answer;
      await wait(WAIT_MS / 20);
    }
  };
  const toldBy = async (): Promise<string> => (await guarded.metrics()).replaceAll(/^(?!sallyport_breaker).*\n/gm, '');

  test('refuses calls while the server is dead, lets probes through after the wait, and closes when they are answered', async () => {
    assert.equal(textOf(await echo()), 'hi');
    await way.set('reset');
    assert.deepEqual(await reasonsOf(2), ['upstream.unreachable', 'upstream.unreachable']);
    const refused = await echo();
    assert.deepEqual([refused.status, refused.reason], [200, 'breaker.open']);
    assert.match(refused.text, /fails or is slow just now\. Retry in 1 s\./);
    assert.equal(refused.headers.get('retry-after'), '1');
    const taken = way.taken;
    assert.deepEqual(await reasonsOf(3), ['breaker.open', 'breaker.open', 'breaker.open']);
    assert.equal(way.taken, taken);
    assert.match(await toldBy(), /sallyport_breakers\{server="tools",state="open"\} 1/);

    await way.set('none');
    assert.equal(textOf(await tried()), 'hi');
    assert.match(await toldBy(), /sallyport_breakers\{server="tools",state="half_open"\} 1/);
    assert.equal(textOf(await echo()), 'hi');
    assert.match(await toldBy(), /sallyport_breakers\{server="tools",state="closed"\} 1/);
  });

  test('opens for a server that takes calls and does not answer', async () => {
    await way.set('silent');
    assert.deepEqual(await reasonsOf(4), ['upstream.timeout', 'upstream.timeout', 'upstream.timeout', 'breaker.open']);
    await way.set('none');
  });

  test('is its own: other tools and lists go on', async () => {
    assert.equal((await echo()).reason, 'breaker.open');
    assert.equal((await callTool(alice, 'add', { a: 1, b: 2 })).reason, undefined);
    assert.equal((await send(alice, 'tools/list')).reason, undefined);
  });

  test('takes no offence at refusals, and errors of its caller', async () => {
    await tried();
    for (let i = 0; i < 8; i++) assert.notEqual((await callTool(alice, 'echo', { text: 5 })).reason, 'breaker.open');
    assert.equal(textOf(await echo()), 'hi');
  });
});
