import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Peer } from '../attacks/peer.ts';
import type { Upstream } from '../servers/upstream.ts';
import { startV1 } from '../servers/v1/start-v1.ts';
import { type Carrier, CARRIERS, whyNot } from './carriers.ts';
import { type Answer, callTool, exchange, headerOf, openAgent, send, textOf, withHeaders } from './agent.ts';
import { type Recorder, startRecorder } from './recorder.ts';
import { type Guarded, startGuarded } from './start-guarded.ts';

const sessionOf = (peer: Peer): string => headerOf(peer, 'mcp-session-id');
const inSession = (peer: Peer, id: string): Peer => withHeaders(peer, { 'mcp-session-id': id });

/** Where the reply to a call passes unjudged, it is the tool server's own that says so, each time. */
const SAID_OF_ENDED: Readonly<Record<Carrier, string | undefined>> = {
  proxy: 'session.ended',
  authorize: undefined,
  inspect: 'session.ended',
};

const USES: Readonly<Record<string, (peer: Peer) => Promise<Answer>>> = {
  'a call': (peer) => callTool(peer, 'echo', { text: 'hi' }),
  'a list': (peer) => send(peer, 'tools/list'),
  'GET': async (peer) => (await exchange(peer, 'GET')).whole(),
  'DELETE': async (peer) => (await exchange(peer, 'DELETE')).whole(),
};

for (const carrier of CARRIERS) {
  suite(`the session of one caller (${carrier})`, { skip: whyNot(carrier) }, () => {
    let upstream: Upstream;
    let recorder: Recorder;
    let guarded: Guarded;
    before(async () => {
      upstream = await startV1();
      recorder = await startRecorder(upstream.url);
      guarded = await startGuarded({ carrier, servers: { tools: recorder.url, other: recorder.url } });
    });
    after(async () => {
      await guarded.close();
      await recorder[Symbol.asyncDispose]();
      await upstream.close();
    });

    /** Shows that nobody is in a session of that name, and nothing was forwarded. */
    async function expectUnknown(peer: Peer, use: (peer: Peer) => Promise<Answer>): Promise<void> {
      recorder.forget();
      const { status, reason, text } = await use(peer);
      assert.deepEqual([status, reason], [404, 'session.unknown'], text);
      assert.doesNotMatch(text, /owner/);
      assert.deepEqual(recorder.bodies(), []);
    }

    for (const [what, use] of Object.entries(USES)) {
      test(`is unknown to another caller (${what}), and goes on`, async () => {
        const alice = await openAgent(guarded, 'legacy', 'user:alice');
        const bob = await openAgent(guarded, 'legacy', 'user:bob');
        await expectUnknown(inSession(bob, sessionOf(alice)), use);
        assert.equal(textOf(await callTool(alice, 'echo', { text: 'mine' })), 'mine');
        assert.equal(textOf(await callTool(bob, 'echo', { text: 'my own' })), 'my own');
      });
    }

    test('is unknown to its caller on behalf of somebody else, and to somebody else on its behalf', async () => {
      const alice = await openAgent(guarded, 'legacy', 'user:alice');
      const acting = { claims: { act: { sub: 'agent:report' } } };
      const delegated = await openAgent(guarded, 'legacy', 'user:alice', acting);
      await expectUnknown(inSession(delegated, sessionOf(alice)), (peer) => send(peer, 'tools/list'));
      await expectUnknown(inSession(alice, sessionOf(delegated)), (peer) => send(peer, 'tools/list'));
    });

    test('is the same with a new token of the same caller', async () => {
      const alice = await openAgent(guarded, 'legacy', 'user:alice');
      const renewed = withHeaders(alice, { authorization: `Bearer ${await guarded.token('user:alice')}` });
      assert.equal(textOf(await callTool(renewed, 'echo', { text: 'still mine' })), 'still mine');
    });

    test('shows nothing of what the server calls it, and is shown to the server as that', async () => {
      recorder.forget();
      const alice = await openAgent(guarded, 'legacy', 'user:alice');
      await callTool(alice, 'echo', { text: 'hi' });
      const given = String(recorder.reached.at(-1)?.headers['mcp-session-id']);
      assert.match(given, /^[0-9a-f-]{36}$/);
      assert.ok(!Buffer.from(sessionOf(alice), 'base64url').includes(given) && !sessionOf(alice).includes(given));
    });

    test('ends for good when its caller deletes it', async () => {
      const alice = await openAgent(guarded, 'legacy', 'user:alice');
      const stays = await openAgent(guarded, 'legacy', 'user:alice');
      const deleted = await (await exchange(alice, 'DELETE')).whole();
      assert.equal(deleted.status, 200);
      recorder.forget();
      for (const use of Object.values(USES)) {
        const { status, reason } = await use(alice);
        assert.deepEqual([status, reason], [404, 'session.ended']);
      }
      assert.deepEqual(recorder.bodies(), []);
      assert.equal(textOf(await callTool(stays, 'echo', { text: 'open' })), 'open');
    });

    test('ends when the server has ended it', async () => {
      recorder.forget();
      const alice = await openAgent(guarded, 'legacy', 'user:alice');
      await callTool(alice, 'echo', { text: 'hi' });
      const inner = String(recorder.reached.at(-1)?.headers['mcp-session-id']);
      await fetch(upstream.url, { method: 'DELETE', headers: { 'mcp-session-id': inner } });
      assert.equal((await callTool(alice, 'echo', { text: 'hi' })).status, 404);
      const { status, reason } = await callTool(alice, 'echo', { text: 'hi' });
      assert.deepEqual([status, reason], [404, SAID_OF_ENDED[carrier]]);
    });

    test('cannot be forged, cut, extended, or taken to another server', async () => {
      const alice = await openAgent(guarded, 'legacy', 'user:alice');
      const elsewhere = await openAgent(guarded, 'legacy', 'user:alice', { server: 'other' });
      recorder.forget();
      await callTool(alice, 'echo', { text: 'hi' });
      const inner = String(recorder.reached[0]?.headers['mcp-session-id']);
      const mine = sessionOf(alice);
      const flipped = Buffer.from(mine, 'base64url');
      flipped[flipped.length - 20] = (flipped.at(-20) ?? 0) ^ 1;
      for (const forged of [
        inner,
        Buffer.from(inner).toString('base64url'),
        Buffer.from(JSON.stringify({ t: 'mcp', s: inner, b: '127.0.0.1:1' })).toString('base64'),
        'victim-session',
        'A'.repeat(mine.length),
        mine.slice(0, -1),
        mine.slice(0, 40),
        `${mine}A`,
        `${mine}=`,
        flipped.toString('base64url'),
        mine.toUpperCase(),
        sessionOf(elsewhere),
      ]) {
        await expectUnknown(inSession(alice, forged), (peer) => callTool(peer, 'echo', { text: 'forged' }));
      }
      assert.equal(textOf(await callTool(alice, 'echo', { text: 'mine' })), 'mine');
      const there = { ...elsewhere, url: guarded.url('other') };
      assert.equal(textOf(await callTool(there, 'echo', { text: 'there' })), 'there');
    });
  });
}

for (const carrier of CARRIERS) {
  suite(`a restart (${carrier})`, { skip: whyNot(carrier) }, () => {
    test('leaves open sessions open and ended ones ended', async () => {
      await using upstream = await startV1();
      await using guarded = await startGuarded({ carrier, servers: { tools: upstream.url } });
      const alice = await openAgent(guarded, 'legacy', 'user:alice');
      const ended = await openAgent(guarded, 'legacy', 'user:alice');
      const bob = await openAgent(guarded, 'legacy', 'user:bob');
      await (await exchange(ended, 'DELETE')).whole();

      await guarded.restart();
      const moved = (peer: Peer): Peer => ({ ...peer, url: guarded.url() });
      assert.equal(textOf(await callTool(moved(alice), 'echo', { text: 'still here' })), 'still here');
      const gone = await callTool(moved(ended), 'echo', { text: 'hi' });
      assert.deepEqual([gone.status, gone.reason], [404, 'session.ended']);
      const taken = await callTool(inSession(moved(bob), sessionOf(alice)), 'echo', { text: 'hi' });
      assert.deepEqual([taken.status, taken.reason], [404, 'session.unknown']);
      assert.equal((await exchange(moved(bob), 'DELETE').then((stream) => stream.whole())).status, 200);
    });
  });
}
