import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Era, Peer } from '../attacks/peer.ts';
import { startPrimed } from '../servers/v1/start-primed.ts';
import { startV2 } from '../servers/v2/start-v2.ts';
import { ALL_JUDGED, CARRIERS, whyNot } from './carriers.ts';
import { type Answer, callTool, exchange, openAgent, openRequest, type OpenStream, textOf } from './agent.ts';
import { createIssuer } from './issuer.ts';
import { startGuarded } from './start-guarded.ts';
import { within } from './within.ts';

/** An official server of each era that says something on a GET or a subscription at once. */
const START = { legacy: startPrimed, modern: startV2 };

/** The stream that stays open until somebody ends it: GET in the legacy era, a subscription in the modern one. */
function openEnded(peer: Peer): Promise<OpenStream> {
  const listen = { notifications: { toolsListChanged: true } };
  return peer.era === 'legacy' ? exchange(peer, 'GET') : openRequest(peer, 'subscriptions/listen', listen);
}

/** A call that says that it has begun and answers after `ms` milliseconds. */
async function slowCall(peer: Peer, ms: number): Promise<OpenStream> {
  const params = { name: 'slow', arguments: { ms }, _meta: { progressToken: 'p' } };
  const stream = await openRequest(peer, 'tools/call', params);
  while (!(await stream.more()).includes('notifications/progress'));
  return stream;
}

/** The last event of a stream that answers nothing is a log message; that of a request is its error. */
function expectFinalEvent({ messages, text }: Answer, kind: 'GET' | 'request', reason: string): void {
  const last = messages.at(-1);
  const data = { reason };
  const expected = {
    GET: { method: 'notifications/message', params: { level: 'error', logger: 'sallyport', data: { data } } },
    request: { id: 7, error: { data } },
  };
  assert.partialDeepStrictEqual(last, expected[kind], text);
}

const kindOf = (era: Era) => (era === 'legacy' ? 'GET' : 'request');

for (const carrier of CARRIERS) {
  suite(`streams of a token (${carrier})`, { skip: whyNot(carrier), concurrency: true }, () => {
    for (const era of ['legacy', 'modern'] as const) {
      test(`end when it expires, but for the call under way, and the next call is refused (${era})`, async () => {
        await using upstream = await START[era]();
        await using guarded = await startGuarded({
          carrier,
          servers: { tools: upstream.url },
          lines: { tools: ALL_JUDGED[carrier] },
        });
        const alice = await openAgent(guarded, era, 'user:alice', { lifetimeS: 4 });
        const listening = await openEnded(alice);
        assert.equal(listening.status, 200);
        const calling = await slowCall(alice, 5000);

        const heard = await within(4500, listening.whole());
        expectFinalEvent(heard, kindOf(era), 'token.expired');
        assert.equal(textOf(await calling.whole()), 'done');
        const next = await callTool(alice, 'echo', { text: 'late' });
        assert.deepEqual([next.status, next.reason], [401, 'token.expired']);
        assert.match(next.headers.get('www-authenticate') ?? '', /error="invalid_token"/);

        const renewed = await openAgent(guarded, era, 'user:alice');
        assert.equal(textOf(await callTool(renewed, 'echo', { text: 'renewed' })), 'renewed');
      });
    }
    for (const era of ['legacy', 'modern'] as const) {
      test(`end at once when it is revoked, and the next call is refused (${era})`, async () => {
        await using upstream = await START[era]();
        await using guarded = await startGuarded({
          carrier,
          servers: { tools: upstream.url },
          lines: { tools: ALL_JUDGED[carrier] },
        });
        const alice = await openAgent(guarded, era, 'user:alice', { tokenId: 'stolen' });
        const bob = await openAgent(guarded, era, 'user:bob', { tokenId: 'fine' });
        const [listening, calling, others] = [
          await openEnded(alice),
          await slowCall(alice, 30_000),
          await slowCall(bob, 2500),
        ];

        await guarded.revoke('some-other', 'stolen');
        const [heard, called] = await within(2000, Promise.all([listening.whole(), calling.whole()]));
        expectFinalEvent(heard, kindOf(era), 'token.revoked');
        expectFinalEvent(called, 'request', 'token.revoked');
        const next = await callTool(alice, 'echo', { text: 'late' });
        assert.deepEqual([next.status, next.reason], [401, 'token.revoked']);
        assert.equal(textOf(await others.whole()), 'done');

        // A restart forgets nothing.
        await guarded.restart();
        const again = { ...alice, url: guarded.url() };
        assert.equal((await callTool(again, 'echo', { text: 'late' })).reason, 'token.revoked');
      });
    }

    test('that have not begun are answered with 401 when it is revoked', async () => {
      await using upstream = await startV2();
      await using guarded = await startGuarded({
        carrier,
        servers: { tools: upstream.url },
        lines: { tools: ALL_JUDGED[carrier] },
      });
      const alice = await openAgent(guarded, 'modern', 'user:alice', { tokenId: 'stolen' });
      const calling = callTool(alice, 'slow', { ms: 30_000 });
      await callTool(alice, 'echo', { text: 'by now the other one is under way' });
      await guarded.revoke('stolen');
      const { status, reason } = await within(2000, calling);
      assert.deepEqual([status, reason], [401, 'token.revoked']);
    });

    test('end when the key that signed it is withdrawn, without a reload', async () => {
      await using upstream = await startPrimed();
      await using guarded = await startGuarded({
        carrier,
        servers: { tools: upstream.url },
        lines: { tools: ALL_JUDGED[carrier] },
      });
      const alice = await openAgent(guarded, 'legacy', 'user:alice');
      const listening = await openEnded(alice);
      const calling = await slowCall(alice, 30_000);
      const { jwks } = await createIssuer();
      await guarded.replace('jwks.json', jwks);
      const [heard, called] = await within(5000, Promise.all([listening.whole(), calling.whole()]));
      expectFinalEvent(heard, 'GET', 'token.key-unknown');
      expectFinalEvent(called, 'request', 'token.key-unknown');
      const next = await callTool(alice, 'echo', { text: 'late' });
      assert.deepEqual([next.status, next.reason], [401, 'token.key-unknown']);
    });
  });
}
