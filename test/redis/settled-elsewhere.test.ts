import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Peer } from '../attacks/peer.ts';
import { type Answer, openAgent, send } from '../e2e/agent.ts';
import { policyOf, startGuarded } from '../e2e/start-guarded.ts';
import { whyNoEnvoy } from '../envoy/envoy-part.ts';
import { startMetered } from '../servers/start-metered.ts';
import { whyNoRedis } from './redis-part.ts';
import { startRedis } from './start-redis.ts';

const ALL = '{ id: all, match: { tool: "*" }, effect: allow }';
const ONE = '{ id: one, match: { tool: wait }, effect: limit, limit: { concurrent: 1 } }';
/** Calls `wait` as a client that cannot be asked back: nobody judges the reply, and the access log alone tells of it. */
function wait(peer: Peer): Promise<Answer> {
  const _meta = { 'io.modelcontextprotocol/clientCapabilities': {} };
  return send(peer, 'tools/call', { name: 'wait', arguments: {}, _meta });
}

/** Without a word of it a place is taken for so long. */
const HELD_MS = 3_600_000;

suite('a call that a process allowed which is gone', { skip: whyNoRedis() || whyNoEnvoy(), timeout: 60_000 }, () => {
  test('is settled by the one that Envoy tells of it', async () => {
    await using redis = await startRedis();
    await using upstream = await startMetered();
    await using guarded = await startGuarded({
      carrier: 'authorize',
      servers: { tools: upstream.url },
      policy: policyOf(ALL, ONE),
      lines: { tools: [`reply_timeout_ms: ${HELD_MS}`] },
      more: `store: { kind: redis, socket: ${redis.socket}, timeout_ms: 1000 }`,
    });
    const alice = await openAgent(guarded, 'modern', 'alice');
    const running = wait(alice);
    while (upstream.calls < 1) await pause(5);
    await guarded.restart();
    const reasons = new Set<string | undefined>();
    while (!reasons.has('limit.exceeded')) {
      reasons.add((await wait(alice)).reason);
      assert.ok(!reasons.has(undefined), 'its place was free although it still runs');
    }
    upstream.finish();
    assert.equal((await running).reason, undefined);
    const letGo = setInterval(() => upstream.finish(), 5);
    while ((await wait(alice)).reason !== undefined) await pause(20);
    clearInterval(letGo);
    assert.equal(upstream.calls, 2);
  });
});
