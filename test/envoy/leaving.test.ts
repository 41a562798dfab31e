import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { META, type Peer } from '../attacks/peer.ts';
import { RawConnection } from '../attacks/raw-connection.ts';
import { rawRequest } from '../attacks/raw-request.ts';
import { startV2 } from '../servers/v2/start-v2.ts';
import { whyNoEnvoy } from './envoy-part.ts';
import { metric } from './outcomes.ts';
import { type Guarded, startGuarded } from './start-guarded.ts';

const UNATTENDED = 'sallyport_exchange_events_total{listener="agents",event="unattended"}';
/** Replies that nobody came for, after which nobody would be believed to come. */
const MISSES = 3;
const CALLERS = 4;

function listTools(guarded: Guarded): Uint8Array {
  const peer: Peer = { era: 'modern', url: guarded.envoy.url, headers: [] };
  const body = `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{${META}}}`;
  return rawRequest(peer, { body, set: { 'mcp-method': 'tools/list', 'mcp-name': undefined } });
}

/** Asks, and leaves after `ms` or as soon as there is an answer. */
async function askAndLeave(guarded: Guarded, bytes: Uint8Array, ms: number): Promise<void> {
  const { hostname, port } = new URL(guarded.envoy.url);
  const socket = connect(Number(port), hostname).setNoDelay(true);
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write(bytes);
  for (const began = performance.now(); performance.now() - began < ms && socket.bytesRead === 0; ) {
    await new Promise(setImmediate);
  }
  socket.resetAndDestroy();
}

suite('agents that leave as soon as they are let pass', { skip: whyNoEnvoy() }, () => {
  test('do not have the replies to others refused', async (t) => {
    await using upstream = await startV2();
    await using guarded = await startGuarded({ upstream: upstream.url });
    const { folder } = guarded.sallyport;
    const bytes = listTools(guarded);
    const missed = async (): Promise<number> => (await metric(folder, UNATTENDED)) ?? 0;
    const stop = new AbortController();
    const leave = async (caller: number): Promise<void> => {
      for (let at = caller; !stop.signal.aborted; at += CALLERS) await askAndLeave(guarded, bytes, (at % 40) / 10);
    };
    const leaving = Array.from({ length: CALLERS }, (_, caller) => leave(caller));
    for (let left = 300; left > 0 && (await missed()) < 2 * MISSES; left -= 1) await pause(100);
    stop.abort();
    await Promise.all(leaving);
    t.diagnostic(`${await missed()} replies that nobody came for`);
    using connection = await RawConnection.open(guarded.envoy.url);
    const answer = await connection.exchange(bytes, 20_000);
    assert.match(answer.kind === 'reply' ? answer.body : answer.kind, /"tools":/);
  });
});
