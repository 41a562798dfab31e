import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Peer } from '../attacks/peer.ts';
import { exchange, openAgent, openRequest, type OpenStream, send, textOf } from '../e2e/agent.ts';
import { ALL_JUDGED, WIRINGS } from '../e2e/carriers.ts';
import { type Guarded, startGuarded } from '../e2e/start-guarded.ts';
import { within } from '../e2e/within.ts';
import { startPrimed } from '../servers/v1/start-primed.ts';
import { startV1 } from '../servers/v1/start-v1.ts';
import { startV2 } from '../servers/v2/start-v2.ts';
import type { Upstream } from '../servers/upstream.ts';
import { whyNoEnvoy } from './envoy-part.ts';

/** A server of each era that says something on a stream as soon as it is open. */
const START = { legacy: startPrimed, modern: startV2 };

const LISTEN = { notifications: { toolsListChanged: true } };

/** The stream that stays open until somebody ends it. */
function openEnded(peer: Peer): Promise<OpenStream> {
  return peer.era === 'legacy' ? exchange(peer, 'GET') : openRequest(peer, 'subscriptions/listen', LISTEN);
}

async function slowCall(peer: Peer, ms: number, meta: object = {}): Promise<OpenStream> {
  const params = { name: 'slow', arguments: { ms }, _meta: { progressToken: 'p', ...meta } };
  const stream = await openRequest(peer, 'tools/call', params);
  while (!(await stream.more()).includes('notifications/progress'));
  return stream;
}

/** Streams of ext_proc that are open now. */
async function openStreams({ envoy }: Guarded): Promise<number> {
  const stats = await (envoy ?? assert.fail()).stats('ext_proc.streams_');
  const of = (name: string): number =>
    [...stats].filter(([key]) => key.endsWith(name)).reduce((sum, [, value]) => sum + value, 0);
  return of('streams_started') - of('streams_closed') - of('streams_failed');
}

/** Streams of ext_proc that there have been. */
async function streamsStarted({ envoy }: Guarded): Promise<number> {
  const stats = await (envoy ?? assert.fail()).stats('ext_proc.streams_started');
  return [...stats.values()].reduce((sum, count) => sum + count, 0);
}

/** Waits until as many are open: Envoy counts a closed one a little later. */
async function untilOpen(behind: Guarded, count: number): Promise<void> {
  for (let left = 1000; left > 0 && (await openStreams(behind)) !== count; left -= 1) await pause(20);
  assert.equal(await openStreams(behind), count);
}

async function untilCancelled(upstream: Upstream): Promise<void> {
  for (let left = 1000; left > 0; left -= 1) {
    if ((await upstream.calls()).some(({ tool }) => tool === 'slow.cancelled')) return;
    await pause(25);
  }
  assert.fail('the tool server never heard of it');
}

for (const wiring of WIRINGS) {
  suite(`a stream that is judged through Envoy (${wiring})`, { skip: whyNoEnvoy() }, () => {
    for (const era of ['legacy', 'modern'] as const) {
      test(`is one stream of ext_proc, which ends with it (${era})`, async () => {
        await using upstream = await START[era]();
        await using behind = await startGuarded({ carrier: wiring, servers: { tools: upstream.url } });
        const alice = await openAgent(behind, era, 'user:alice');
        await untilOpen(behind, 0);
        const listening = await openEnded(alice);
        assert.equal(listening.status, 200);
        await untilOpen(behind, 1);
        await listening.leave();
        await untilOpen(behind, 0);
      });

      test(`ends with a last event when the service stops (${era})`, async () => {
        await using upstream = await START[era]();
        await using behind = await startGuarded({ carrier: wiring, servers: { tools: upstream.url } });
        const listening = await openEnded(await openAgent(behind, era, 'user:alice'));
        await listening.more();
        const [heard] = await Promise.all([within(3000, listening.whole()), behind.restart()]);
        assert.match(heard.text, /"reason":"draining"/);
      });
    }

    test('is cut off when its token is revoked before the tool server said anything on it', async () => {
      await using upstream = await startV1();
      await using behind = await startGuarded({ carrier: wiring, servers: { tools: upstream.url } });
      const alice = await openAgent(behind, 'legacy', 'user:alice', { tokenId: 'stolen' });
      const listening = await openEnded(alice);
      await untilOpen(behind, 1);
      await behind.revoke('stolen');
      await assert.rejects(within(3000, listening.whole()), /terminated/);
      assert.equal((await (await openEnded(alice)).whole()).reason, 'token.revoked');
    });

    test('shows progress while the call runs, and an agent that goes reaches the tool server', async () => {
      await using upstream = await startV2();
      await using behind = await startGuarded({
        carrier: wiring,
        servers: { tools: upstream.url },
        lines: { tools: ALL_JUDGED[wiring] },
      });
      const alice = await openAgent(behind, 'modern', 'user:alice');
      const calling = await slowCall(alice, 30_000);
      await untilOpen(behind, 1);
      // It still runs: only what runs can be taken back.
      await calling.leave();
      await untilCancelled(upstream);
      await untilOpen(behind, 0);
    });

    test('is one of as many as its caller may have', async () => {
      await using upstream = await startV1();
      const door = ['max_streams_per_principal: 1'];
      await using behind = await startGuarded({ carrier: wiring, servers: { tools: upstream.url }, door });
      const alice = await openAgent(behind, 'legacy', 'user:alice');
      const also = await openAgent(behind, 'legacy', 'user:alice');
      const listening = await openEnded(alice);
      const second = await (await openEnded(also)).whole();
      assert.deepEqual([second.status, second.reason], [503, 'overload.busy']);
      await listening.leave();
      await untilOpen(behind, 0);
      const third = await openEnded(also);
      assert.equal(third.status, 200);
      await third.leave();
    });
  });
}

suite('the event stream of a call behind ext_authz', { skip: whyNoEnvoy() }, () => {
  let upstream: Upstream;
  let behind: Guarded;
  before(async () => {
    upstream = await startV2();
    behind = await startGuarded({ carrier: 'authorize', servers: { tools: upstream.url } });
  });
  after(async () => {
    await behind.close();
    await upstream.close();
  });

  test('is no stream of ext_proc when nobody can be asked back, however long it takes', async () => {
    const alice = await openAgent(behind, 'modern', 'user:alice');
    const until = await streamsStarted(behind);
    const calling = await slowCall(alice, 1500, { 'io.modelcontextprotocol/clientCapabilities': {} });
    assert.equal(await openStreams(behind), 0);
    assert.equal(textOf(await calling.whole()), 'done');
    assert.equal(await streamsStarted(behind), until);
    await send(alice, 'tools/list');
    assert.equal(await streamsStarted(behind), until + 1);
  });

  test('is one when its client can be asked back, and that ends with it', async () => {
    const alice = await openAgent(behind, 'modern', 'user:alice');
    await untilOpen(behind, 0);
    const calling = await slowCall(alice, 2500);
    await untilOpen(behind, 1);
    assert.equal(textOf(await calling.whole()), 'done');
    await untilOpen(behind, 0);
  });
});
