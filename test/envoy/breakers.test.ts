import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type { Peer } from '../attacks/peer.ts';
import { type Answer, callTool, textOf } from '../e2e/agent.ts';
import { type FaultProxy, startFaultProxy } from '../faults/fault-proxy.ts';
import { startV2 } from '../servers/v2/start-v2.ts';
import { whyNoEnvoy } from './envoy-part.ts';
import { OPEN_SERVER, startGuarded } from './start-guarded.ts';

const BREAKER = 'breaker: { minimum_calls: 3, window_calls: 4, half_open_calls: 2, wait_ms: 400, max_wait_ms: 400 }';

/** What an agent sees of a server that dies and comes back. */
async function dieAndComeBack(way: FaultProxy, echo: () => Promise<Answer>): Promise<void> {
  assert.equal(textOf(await echo()), 'hi');
  way.set('reset');
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

  way.set('none');
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
  }
});
