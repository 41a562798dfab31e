import assert from 'node:assert/strict';
import { createServer, request } from 'node:http';
import { suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Peer } from '../attacks/peer.ts';
import { callTool, exchange, openAgent, openRequest, type OpenStream, send, textOf } from '../e2e/agent.ts';
import { within } from '../e2e/within.ts';
import { close, listen } from '../servers/listen.ts';
import { startV1 } from '../servers/v1/start-v1.ts';
import { startV2 } from '../servers/v2/start-v2.ts';
import type { Upstream } from '../servers/upstream.ts';
import { whyNoEnvoy } from './envoy-part.ts';
import { type BehindEnvoy, startBehindEnvoy, WIRINGS } from './start-behind-envoy.ts';

/** A server of each era that says something on a stream as soon as it is open. */
const START = { legacy: startPrimed, modern: startV2 };

/** The 1.x server, whose GET begins with a comment. */
async function startPrimed(): Promise<Upstream> {
  const upstream = await startV1();
  const http = createServer((incoming, response) => {
    const onward = request(upstream.url, { method: incoming.method ?? '', headers: incoming.headers }, (reply) => {
      response.writeHead(reply.statusCode ?? 502, reply.headers);
      if (incoming.method === 'GET') response.write(': hello\n\n');
      reply.pipe(response);
    });
    onward.on('error', () => response.destroy());
    response.on('close', () => onward.destroy());
    incoming.pipe(onward);
  });
  const url = await listen(http);
  const stop = async (): Promise<void> => {
    await close(http);
    await upstream.close();
  };
  return { ...upstream, url, close: stop, [Symbol.asyncDispose]: stop };
}

const LISTEN = { notifications: { toolsListChanged: true } };

/** The stream that stays open until somebody ends it. */
function openEnded(peer: Peer): Promise<OpenStream> {
  return peer.era === 'legacy' ? exchange(peer, 'GET') : openRequest(peer, 'subscriptions/listen', LISTEN);
}

async function slowCall(peer: Peer, ms: number): Promise<OpenStream> {
  const params = { name: 'slow', arguments: { ms }, _meta: { progressToken: 'p' } };
  const stream = await openRequest(peer, 'tools/call', params);
  assert.match(await stream.more(), /notifications\/progress/);
  return stream;
}

/** Streams of ext_proc that are open now. */
async function openStreams({ envoy }: BehindEnvoy): Promise<number> {
  const stats = await envoy.stats('ext_proc.streams_');
  const of = (name: string): number =>
    [...stats].filter(([key]) => key.endsWith(name)).reduce((sum, [, value]) => sum + value, 0);
  return of('streams_started') - of('streams_closed') - of('streams_failed');
}

/** Waits until as many are open: Envoy counts a closed one a little later. */
async function untilOpen(behind: BehindEnvoy, count: number): Promise<void> {
  for (let left = 100; left > 0 && (await openStreams(behind)) !== count; left -= 1) await pause(20);
  assert.equal(await openStreams(behind), count);
}

async function untilCancelled(upstream: Upstream): Promise<void> {
  for (let left = 200; left > 0; left -= 1) {
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
        await using behind = await startBehindEnvoy({ wiring, upstream: upstream.url });
        const alice = await openAgent(behind, era, 'user:alice');
        await untilOpen(behind, 0);
        const listening = await openEnded(alice);
        assert.equal(listening.status, 200);
        assert.equal(listening.status, 200);
        await untilOpen(behind, 1);
        await listening.leave();
        await untilOpen(behind, 0);
      });

      test(`ends with a last event when its token expires, but for the call under way (${era})`, async () => {
        await using upstream = await START[era]();
        await using behind = await startBehindEnvoy({ wiring, upstream: upstream.url });
        const alice = await openAgent(behind, era, 'user:alice', { lifetimeS: 3 });
        const listening = await openEnded(alice);
        const calling = await slowCall(alice, 4000);
        const heard = await within(3500, listening.whole());
        assert.match(heard.text, /"reason":"token\.expired"/);
        assert.equal(textOf(await calling.whole()), 'done');
        assert.equal((await callTool(alice, 'echo', { text: 'late' })).status, 401);
        await untilOpen(behind, 0);
      });

      test(`ends at once when its token is revoked (${era})`, async () => {
        await using upstream = await START[era]();
        await using behind = await startBehindEnvoy({ wiring, upstream: upstream.url });
        const alice = await openAgent(behind, era, 'user:alice', { tokenId: 'stolen' });
        const listening = await openEnded(alice);
        await behind.revoke('stolen');
        const heard = await within(2000, listening.whole());
        assert.match(heard.text, /"reason":"token\.revoked"/);
        await untilOpen(behind, 0);
      });

      test(`ends with a last event when the service stops (${era})`, async () => {
        await using upstream = await START[era]();
        await using behind = await startBehindEnvoy({ wiring, upstream: upstream.url });
        const listening = await openEnded(await openAgent(behind, era, 'user:alice'));
        await listening.more();
        const [heard] = await Promise.all([within(3000, listening.whole()), behind.restart()]);
        assert.match(heard.text, /"reason":"draining"/);
      });
    }

    test('is cut off when its token is revoked before the tool server said anything on it', async () => {
      await using upstream = await startV1();
      await using behind = await startBehindEnvoy({ wiring, upstream: upstream.url });
      const alice = await openAgent(behind, 'legacy', 'user:alice', { tokenId: 'stolen' });
      const listening = await openEnded(alice);
      await untilOpen(behind, 1);
      await behind.revoke('stolen');
      await assert.rejects(within(3000, listening.whole()), /terminated/);
      assert.equal((await (await openEnded(alice)).whole()).reason, 'token.revoked');
    });

    test('shows progress while the call runs, and an agent that goes reaches the tool server', async () => {
      await using upstream = await startV2();
      const lines = wiring === 'authorize' ? ['judge_replies: always'] : [];
      await using behind = await startBehindEnvoy({ wiring, upstream: upstream.url, lines });
      const alice = await openAgent(behind, 'modern', 'user:alice');
      const startedMs = performance.now();
      const calling = await slowCall(alice, 5000);
      assert.ok(performance.now() - startedMs < 2500);
      await untilOpen(behind, 1);
      await calling.leave();
      await untilCancelled(upstream);
      await untilOpen(behind, 0);
    });

    test('of a call whose token is revoked ends at once, and so does the call', async () => {
      await using upstream = await startV2();
      const lines = wiring === 'authorize' ? ['judge_replies: always'] : [];
      await using behind = await startBehindEnvoy({ wiring, upstream: upstream.url, lines });
      const alice = await openAgent(behind, 'modern', 'user:alice', { tokenId: 'stolen' });
      const calling = await slowCall(alice, 6000);
      await behind.revoke('stolen');
      const called = await within(2000, calling.whole());
      assert.match(called.text, /"id":7.*"reason":"token\.revoked"/);
      await untilCancelled(upstream);
    });

    test('that has not begun is answered with 401 when its token is revoked', async () => {
      await using upstream = await startV2();
      const lines = wiring === 'authorize' ? ['judge_replies: always'] : [];
      await using behind = await startBehindEnvoy({ wiring, upstream: upstream.url, lines });
      const alice = await openAgent(behind, 'modern', 'user:alice', { tokenId: 'stolen' });
      const calling = callTool(alice, 'slow', { ms: 20_000 });
      await callTool(alice, 'echo', { text: 'by now the other one is under way' });
      await behind.revoke('stolen');
      const { status, reason } = await within(2000, calling);
      assert.deepEqual([status, reason], [401, 'token.revoked']);
      await untilCancelled(upstream);
    });

    test('is one of as many as its caller may have', async () => {
      await using upstream = await startV1();
      const door = ['max_streams_per_principal: 1'];
      await using behind = await startBehindEnvoy({ wiring, upstream: upstream.url, door });
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

suite('a stream that passes through Envoy unjudged', { skip: whyNoEnvoy() }, () => {
  test('is no stream of ext_proc', async () => {
    await using upstream = await startV2();
    await using behind = await startBehindEnvoy({ wiring: 'authorize', upstream: upstream.url });
    const alice = await openAgent(behind, 'modern', 'user:alice');
    const calling = await slowCall(alice, 1500);
    assert.equal(await openStreams(behind), 0);
    assert.equal(textOf(await calling.whole()), 'done');
    assert.deepEqual(
      [...(await behind.envoy.stats('streams_started'))].filter(([, count]) => count > 0),
      [],
    );
    await send(alice, 'tools/list');
    const [started] = (await behind.envoy.stats('ext_proc.streams_started')).values();
    assert.equal(started, 1);
  });
});
