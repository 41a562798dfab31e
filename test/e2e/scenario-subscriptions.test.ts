import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Era, Peer } from '../attacks/peer.ts';
import { startEverything, type EverythingServer } from '../servers/everything/start-everything.ts';
import { CARRIERS, WAYS, whyNot } from './carriers.ts';
import { openAgent, openRequest, type OpenStream, send } from './agent.ts';
import { type Recorder, startRecorder } from './recorder.ts';
import { type Guarded, policyOf, startGuarded } from './start-guarded.ts';
import { within } from './within.ts';

const WATCHED = 'test://watched-resource';
const TEXT = 'test://static-text';
const SECRET = 'test://static-binary';
const POLICY = policyOf(
  `{ id: open, match: { resource: ["${WATCHED}", "${TEXT}"] }, effect: allow }`,
  `{ id: reading, match: { resource: "${SECRET}", method: resources/read }, effect: allow }`,
);

/** Asks to be told of changes of resources: one by one in the legacy era, by a filter in the modern one. */
const SUBSCRIBE: Readonly<Record<Era, (peer: Peer, uri: string) => Promise<OpenStream>>> = {
  legacy: (peer, uri) => openRequest(peer, 'resources/subscribe', { uri }),
  modern: (peer, uri) => listen(peer, [TEXT, uri]),
};

function listen(peer: Peer, resourceSubscriptions: unknown): Promise<OpenStream> {
  const notifications = { toolsListChanged: true, resourceSubscriptions };
  return openRequest(peer, 'subscriptions/listen', { notifications });
}

for (const { era, carrier } of WAYS) {
  suite(`a subscription to a resource (${era}, ${carrier})`, { skip: whyNot(carrier) }, () => {
    let upstream: EverythingServer;
    let recorder: Recorder;
    let guarded: Guarded;
    let alice: Peer;
    before(async () => {
      upstream = await startEverything();
      recorder = await startRecorder(upstream.url);
      guarded = await startGuarded({ carrier, servers: { tools: recorder.url }, policy: POLICY });
      alice = await openAgent(guarded, era, 'user:alice');
    });
    after(async () => {
      await guarded.close();
      await recorder[Symbol.asyncDispose]();
      await upstream[Symbol.asyncDispose]();
    });
    const subscribe = SUBSCRIBE[era];

    async function expectAllowed(peer: Peer, uri: string): Promise<void> {
      const subscription = await subscribe(peer, uri);
      assert.equal(subscription.status, 200);
      assert.doesNotMatch(await subscription.more(), /"reason"/);
      await subscription.leave();
    }

    async function expectRefused(subscription: Promise<OpenStream>, status: number, reason: string): Promise<void> {
      recorder.forget();
      const answer = await within(
        2000,
        subscription.then((stream) => stream.whole()),
      );
      assert.deepEqual([answer.status, answer.reason], [status, reason], answer.text);
      assert.deepEqual(recorder.bodies(), []);
    }

    test('is allowed where the rules allow the resource', async () => {
      await expectAllowed(alice, WATCHED);
    });

    test('is refused where no rule allows it, although the resource may be read', async () => {
      assert.match((await send(alice, 'resources/read', { uri: SECRET })).text, /"blob"/);
      await expectRefused(subscribe(alice, SECRET), 200, 'policy.no-allow');
    });

    test('is refused where the token does not grant the resource', async () => {
      const granted = await openAgent(guarded, era, 'user:alice', { resources: [TEXT] });
      await expectRefused(subscribe(granted, WATCHED), 403, 'grant.not-covered');
      await expectAllowed(granted, TEXT);
    });
  });
}

for (const carrier of CARRIERS) {
  suite(`a filter of subscriptions (${carrier})`, { skip: whyNot(carrier) }, () => {
    test('is refused when it cannot be judged, and ends when a reload takes a resource away', async () => {
      await using upstream = await startEverything();
      await using guarded = await startGuarded({ carrier, servers: { tools: upstream.url }, policy: POLICY });
      const alice = await openAgent(guarded, 'modern', 'user:alice');
      const many = Array.from({ length: 257 }, (_, index) => `test://many/${index}`);
      for (const odd of [TEXT, { 0: TEXT }, [TEXT, 1], [''], [[TEXT]], many]) {
        const { status, reason } = await within(
          2000,
          listen(alice, odd).then((stream) => stream.whole()),
        );
        assert.deepEqual([status, reason], [400, 'rpc.params'], JSON.stringify(odd));
      }
      const listening = await listen(alice, [TEXT, WATCHED]);
      await guarded.put('policy.yaml', policyOf(`{ id: less, match: { resource: "${TEXT}" }, effect: allow }`));
      assert.match((await within(2000, listening.whole())).text, /"reason":"policy\.no-allow"/);
    });
  });
}
