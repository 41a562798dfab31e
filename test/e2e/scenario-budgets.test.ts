import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Peer } from '../attacks/peer.ts';
import { untilMetric } from '../envoy/outcomes.ts';
import { type MeteredServer, startMetered } from '../servers/start-metered.ts';
import { type Answer, callTool, openAgent } from './agent.ts';
import { CARRIERS, whyNot } from './carriers.ts';
import { ANY_ARGUMENTS } from './issuer.ts';
import { policyOf, startGuarded } from './start-guarded.ts';

const TOOLS = '{ id: tools, match: { tool: "*" }, effect: allow }';
const ONE_AT_ONCE = '{ id: busy, match: { tool: wait }, effect: limit, limit: { concurrent: 1, by: [principal] } }';
const PRICE =
  '{ id: price, match: { tool: think }, effect: limit, price: { cost: 10, unit: tokens, reply: /usage/total } }';
const FREE = '{ id: free, match: { tool: wait }, effect: limit, price: { cost: 0, unit: tokens } }';
const PURSE =
  '{ id: purse, match: { server: tools }, effect: limit, budget: { cost: 100, unit: tokens, by: [principal] } }';

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await pause(5);
}

/** Thinks for so many tokens. @returns why it was refused. */
async function think(peer: Peer, tokens: number): Promise<string | undefined> {
  return (await callTool(peer, 'think', { tokens })).reason;
}

/** Calls `wait`, and comes back when that has reached the server. */
async function begin(peer: Peer, upstream: MeteredServer): Promise<{ readonly over: Promise<Answer> }> {
  const before = upstream.calls;
  const over = callTool(peer, 'wait');
  await until(() => upstream.calls > before);
  return { over };
}

for (const carrier of CARRIERS) {
  suite(`budgets (${carrier})`, { skip: whyNot(carrier), timeout: 60_000 }, () => {
    test('let so many calls be under way at once, and another one as soon as one is over', async () => {
      await using upstream = await startMetered();
      const policy = policyOf(TOOLS, ONE_AT_ONCE);
      await using guarded = await startGuarded({ carrier, servers: { tools: upstream.url }, policy });
      const [alice, bob] = [await openAgent(guarded, 'modern', 'alice'), await openAgent(guarded, 'modern', 'bob')];
      const first = await begin(alice, upstream);
      const refused = await callTool(alice, 'wait');
      assert.deepEqual([refused.reason, refused.headers.get('retry-after')], ['limit.exceeded', '1']);
      const other = await begin(bob, upstream);
      upstream.finish();
      await Promise.all([first.over, other.over]);
      // Envoy's access log comes behind the reply. One that passes waits until it is let go.
      const letGo = setInterval(() => upstream.finish(), 5);
      while ((await callTool(alice, 'wait')).reason !== undefined);
      clearInterval(letGo);
      assert.equal(upstream.calls, 3);
    });

    test('count what replies say that calls cost', async () => {
      await using upstream = await startMetered();
      const policy = policyOf(TOOLS, PRICE, PURSE);
      await using guarded = await startGuarded({ carrier, servers: { tools: upstream.url }, policy });
      const alice = await openAgent(guarded, 'modern', 'alice');
      assert.deepEqual([await think(alice, 50), await think(alice, 39.5)], [undefined, undefined]);
      // 90 are used up: what is reserved for a call still fits, and what it costs is owed.
      assert.equal(await think(alice, 30), undefined);
      const { reason, status, text, headers } = await callTool(alice, 'think', { tokens: 1 });
      assert.deepEqual([reason, status], ['budget.exceeded', 200]);
      assert.match(text, /The budget of 100 tokens is used up\. Retry in 86\d\d\d s\./);
      assert.match(headers.get('retry-after') ?? '', /^86\d\d\d$/);
      // What nobody priced is not let pass for nothing.
      assert.equal((await callTool(alice, 'wait')).reason, 'budget.unpriced');
      assert.equal(await think(await openAgent(guarded, 'modern', 'bob'), 1), undefined);
      assert.equal(upstream.calls, 4);
      // As metrics have it, once the last outcome is there.
      const cost = 'sallyport_cost_total{server="tools",tool="think",tenant="",rule="price",unit="tokens"}';
      assert.equal(await untilMetric(guarded.folder, cost, 121), 121);
    });

    test('of a token are those of its tool, of all its calls and of its transaction', async () => {
      await using upstream = await startMetered();
      const policy = policyOf(TOOLS, PRICE, FREE);
      await using guarded = await startGuarded({ carrier, servers: { tools: upstream.url }, policy });
      const holder = (budget: object, tools: Record<string, object> = { '*': ANY_ARGUMENTS }) =>
        openAgent(guarded, 'modern', 'alice', { tools, grant: { txn_budget: budget }, claims: { txn: 'task-1' } });
      const twice = await holder({ calls: 9 }, { think: { ...ANY_ARGUMENTS, limits: { calls: 2 } } });
      assert.deepEqual([await think(twice, 1), await think(twice, 1)], [undefined, undefined]);
      assert.equal(await think(twice, 1), 'budget.exceeded');
      // Of the same task, and its budget is that of all its tokens: the least that one of them said.
      const child = await holder({ calls: 3 });
      assert.equal(await think(child, 1), undefined);
      assert.equal(await think(await holder({ calls: 1000 }), 1), 'budget.exceeded');
      const costly = await holder({ cost: { amount: 20, unit: 'tokens' } });
      assert.equal(await think(costly, 15), undefined);
      assert.equal(await think(costly, 1), 'budget.exceeded');
      assert.equal(upstream.calls, 4);
    });
  });
}
