import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { listeningIo } from '../../src/cli/command-io.fixture.ts';
import { runChange, runShow } from '../../src/cli/budget.ts';
import { runInit } from '../../src/cli/store.ts';
import { callTool } from '../e2e/agent.ts';
import { policyOf } from '../e2e/start-guarded.ts';
import { type StartedSallyport, startSallyport } from '../e2e/start-sallyport.ts';
import { type MeteredServer, startMetered } from '../servers/start-metered.ts';
import { openClient } from './open-client.ts';
import { whyNoRedis } from './redis-part.ts';
import { type RunningRedis, startRedis } from './start-redis.ts';

const ALL = '{ id: all, match: { tool: "*" }, effect: allow }';
const PRICE =
  '{ id: price, match: { tool: think }, effect: limit, price: { cost: 10, unit: tokens, reply: /usage/total } }';
const PURSE = '{ id: purse, match: { tool: think }, effect: limit, budget: { cost: 100, unit: tokens } }';
const ONE = '{ id: one, match: { tool: wait }, effect: limit, limit: { concurrent: 1 } }';

function start(upstream: MeteredServer, redis: RunningRedis): Promise<StartedSallyport> {
  const more = `store: { kind: redis, socket: ${redis.socket}, timeout_ms: 1000 }`;
  return startSallyport({ servers: { tools: upstream.url }, policy: policyOf(ALL, PRICE, PURSE, ONE), more });
}

async function call(sallyport: StartedSallyport, tool: string, args: object = {}): Promise<string | undefined> {
  return (await callTool({ era: 'modern', url: sallyport.url('tools'), headers: [] }, tool, args)).reason;
}

async function init({ folder }: StartedSallyport): Promise<string> {
  const io = listeningIo();
  assert.equal(await runInit({ config: join(folder, 'sallyport.yaml') }, io), 0, io.complained());
  return io.said();
}

suite('budgets in Redis', { skip: whyNoRedis(), timeout: 60_000 }, () => {
  test('are those of all instances together, and wait for a store that was made ready', async () => {
    await using redis = await startRedis();
    await using upstream = await startMetered();
    await using one = await start(upstream, redis);
    await using other = await start(upstream, redis);
    assert.equal(await call(one, 'think', { tokens: 60 }), 'budget.uncounted');
    assert.match(await init(one), /^The store is ready\.$/);
    assert.match(await init(other), /was ready before/);
    assert.equal(await call(one, 'think', { tokens: 60 }), undefined);
    assert.equal(await call(other, 'think', { tokens: 35 }), undefined);
    for (const sallyport of [one, other])
      assert.equal(await call(sallyport, 'think', { tokens: 1 }), 'budget.exceeded');
    assert.equal(upstream.calls, 2);

    const config = join(other.folder, 'sallyport.yaml');
    const io = listeningIo();
    assert.equal(await runShow('purse', { config, json: true }, io), 0);
    const [line] = JSON.parse(io.said());
    assert.partialDeepStrictEqual(line, { name: 'purse', unit: 'tokens', counted: { spent: 95, most: 100 } });
    assert.equal(await runChange({ action: 'grant', id: line.id, amount: 95 }, { config, why: 'x' }, io), 0);
    assert.equal(await call(one, 'think', { tokens: 60 }), undefined);
  });

  test('let as many calls be under way as there may be over all instances', async () => {
    await using redis = await startRedis();
    await using upstream = await startMetered();
    await using one = await start(upstream, redis);
    await using other = await start(upstream, redis);
    const running = call(one, 'wait');
    while (upstream.calls < 1) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(await call(other, 'wait'), 'limit.exceeded');
    upstream.finish();
    assert.equal(await running, undefined);
    const letGo = setInterval(() => upstream.finish(), 5);
    while ((await call(other, 'wait')) !== undefined);
    clearInterval(letGo);
    assert.equal(upstream.calls, 2);
  });

  test('count as used up when Redis has lost them, until it is made ready anew', async () => {
    await using redis = await startRedis();
    await using upstream = await startMetered();
    await using sallyport = await start(upstream, redis);
    await init(sallyport);
    assert.equal(await call(sallyport, 'think', { tokens: 1 }), undefined);
    using admin = await openClient({ socket: redis.socket, timeout_ms: 1000 });
    await admin.client.flushall();
    assert.equal(await call(sallyport, 'think', { tokens: 1 }), 'budget.uncounted');
    await init(sallyport);
    assert.equal(await call(sallyport, 'think', { tokens: 1 }), undefined);
    await redis.kill();
    assert.equal(await call(sallyport, 'think', { tokens: 1 }), 'limit.unavailable');
    const io = listeningIo();
    assert.equal(await runInit({ config: join(sallyport.folder, 'sallyport.yaml') }, io), 2);
    assert.match(io.complained(), /^error: Redis cannot be had: /);
  });
});
