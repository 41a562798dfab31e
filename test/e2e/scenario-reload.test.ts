import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Peer } from '../attacks/peer.ts';
import type { Upstream } from '../servers/upstream.ts';
import { startV1 } from '../servers/v1/start-v1.ts';
import { startV2 } from '../servers/v2/start-v2.ts';
import { WAYS, whyNot } from './carriers.ts';
import { callTool, exchange, openAgent, openRequest, send, textOf } from './agent.ts';
import { type Guarded, policyOf, startGuarded } from './start-guarded.ts';

const ECHO = '{ id: echo, match: { tool: echo }, effect: allow }';
const ADD = '{ id: add, match: { tool: add }, effect: allow }';

async function namesIn(peer: Peer): Promise<readonly string[]> {
  const tools: readonly { name: string }[] = (await send(peer, 'tools/list')).messages.at(-1)?.result.tools;
  return tools.map(({ name }) => name);
}

const START = { legacy: startV1, modern: startV2 };

for (const { era, carrier } of WAYS) {
  suite(`a reload (${era}, ${carrier})`, { skip: whyNot(carrier) }, () => {
    let upstream: Upstream;
    let guarded: Guarded;
    let alice: Peer;
    before(async () => {
      upstream = await START[era]();
      guarded = await startGuarded({ carrier, servers: { tools: upstream.url, leaving: upstream.url } });
      alice = await openAgent(guarded, era, 'user:alice');
    });
    after(async () => {
      await guarded.close();
      await upstream.close();
    });
    const enforce = async (...rules: readonly string[]): Promise<void> =>
      assert.equal(await guarded.put('policy.yaml', policyOf(...rules)), 'swapped');

    test('is followed by those who are there already: calls, lists, arguments', async () => {
      assert.equal(textOf(await callTool(alice, 'echo', { text: 'hi' })), 'hi');
      await enforce(ADD);
      assert.equal((await callTool(alice, 'echo', { text: 'hi' })).reason, 'policy.no-allow');
      assert.deepEqual(await namesIn(alice), ['add']);
      await enforce('{ id: short, match: { tool: echo }, effect: allow, args: { text: { c: len, max: 3 } } }');
      assert.equal((await callTool(alice, 'echo', { text: 'four' })).reason, 'policy.arguments');
      assert.equal(textOf(await callTool(alice, 'echo', { text: 'one' })), 'one');
      await enforce(ECHO, '{ id: no, match: { tool: "*", principal: "user:alice" }, effect: deny, message: not now }');
      assert.match(textOf(await callTool(alice, 'echo', { text: 'hi' })), /not now[^]*Rule: no/);
      await enforce(ECHO);
      assert.equal(textOf(await callTool(alice, 'echo', { text: 'hi' })), 'hi');
    });

    test('brings limits to those who are there already, and does not forgive what was used up', async () => {
      const limit =
        '{ id: slow-down, match: { tool: echo }, effect: limit, limit: { burst: 2, per_hour: 1, by: [principal] } }';
      await enforce(ECHO, limit);
      for (const text of ['1', '2']) assert.equal(textOf(await callTool(alice, 'echo', { text })), text);
      assert.equal((await callTool(alice, 'echo', { text: '3' })).reason, 'limit.exceeded');
      await enforce(ECHO, ADD, limit);
      assert.equal((await callTool(alice, 'echo', { text: '4' })).reason, 'limit.exceeded');
      await enforce(ECHO);
      assert.equal(textOf(await callTool(alice, 'echo', { text: '5' })), '5');
    });

    test('that cannot be used leaves the last good one in force and is told at /readyz', async () => {
      await enforce(ECHO);
      assert.doesNotMatch((await guarded.readyz()).body, /failedReload/);
      for (const [broken, says] of [
        ['rules: [', /policy\.yaml/],
        [policyOf('{ id: x, match: { tool: echo }, effect: alow }'), /policy\.yaml:5:\d+: error: rules\.0\.effect/],
        [policyOf('{ id: x, match: { tool: echoo }, effect: allow }'), /policy\.yaml:5:\d+: error: .*"?echoo/],
      ] as const) {
        assert.equal(await guarded.put('policy.yaml', broken), 'failed');
        const { status, body } = await guarded.readyz();
        assert.equal(status, 200);
        assert.equal(JSON.parse(body).ready, true);
        assert.match(JSON.parse(body).config.failedReload.problems.join('\n'), says);
        assert.equal(textOf(await callTool(alice, 'echo', { text: 'hi' })), 'hi');
        assert.equal((await callTool(alice, 'add', { a: 1, b: 2 })).reason, 'policy.no-allow');
      }
      await enforce(ECHO, ADD);
      assert.doesNotMatch((await guarded.readyz()).body, /failedReload/);
      assert.equal(textOf(await callTool(alice, 'add', { a: 1, b: 2 })), '3');
    });

    test('comes by itself when a file changes', async () => {
      await enforce(ECHO);
      await guarded.replace('policy.yaml', policyOf(ADD));
      const deadline = performance.now() + 20_000;
      while ((await callTool(alice, 'echo', { text: 'hi' })).reason === undefined) {
        assert.ok(performance.now() < deadline, 'not followed');
        await nextTurn();
      }
      assert.equal(textOf(await callTool(alice, 'add', { a: 1, b: 2 })), '3');
    });

    test('is followed by what is open: it goes on while it may, and ends when its server is gone', async () => {
      const peer = await openAgent(guarded, era, 'user:alice', { server: 'leaving' });
      const listen = { notifications: { toolsListChanged: true } };
      const stream =
        era === 'legacy' ? await exchange(peer, 'GET') : await openRequest(peer, 'subscriptions/listen', listen);
      assert.equal(stream.status, 200);
      await enforce(ECHO);
      await upstream.drift();
      await heard(stream.more, /list_changed/);
      const text = await readFile(join(guarded.folder, 'sallyport.yaml'), 'utf8');
      const without = text.replace(/ {2}leaving:\n( {4}.*\n)+/, '');
      assert.equal(await guarded.put('sallyport.yaml', without), 'swapped');
      assert.match((await stream.whole()).text, /"reason":"http\.route"/);
      const next = await callTool(peer, 'echo', { text: 'hi' });
      assert.deepEqual([next.status, next.reason], [404, 'http.route']);
    });
  });
}

/** Reads on until what is expected has come. */
async function heard(more: () => Promise<string>, expected: RegExp): Promise<void> {
  for (let text = ''; !expected.test(text); text = await more()) await nextTurn();
}
