import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { type FilesServer, startFilesServer } from '../../examples/demo/files-server.ts';
import { listeningIo } from '../../src/cli/command-io.fixture.ts';
import { runLimitSet, runLimitShow } from '../../src/cli/limit.ts';
import { runLift, runStop, runStopList, type StopOptions } from '../../src/cli/stop.ts';
import { type Answer, callTool } from '../e2e/agent.ts';
import { policyOf } from '../e2e/start-guarded.ts';
import { type StartedSallyport, startSallyport } from '../e2e/start-sallyport.ts';
import { within } from '../e2e/within.ts';
import { whyNoRedis } from './redis-part.ts';
import { type RunningRedis, startRedis } from './start-redis.ts';

function start(upstream: FilesServer, redis: RunningRedis, rules: readonly string[] = []): Promise<StartedSallyport> {
  const policy = policyOf('{ id: all, match: { tool: "*" }, effect: allow }', ...rules);
  const more = `store: { kind: redis, socket: ${redis.socket}, timeout_ms: 1000 }`;
  return startSallyport({ servers: { files: upstream.url }, policy, more });
}

async function reasonOf(answer: Promise<Answer>): Promise<string | undefined> {
  return (await answer).reason;
}

function read(sallyport: StartedSallyport): Promise<string | undefined> {
  const peer = { era: 'modern' as const, url: sallyport.url('files'), headers: [] };
  return reasonOf(callTool(peer, 'read_file', { path: '/workspace/report.txt' }));
}

function write(sallyport: StartedSallyport): Promise<string | undefined> {
  const peer = { era: 'modern' as const, url: sallyport.url('files'), headers: [] };
  return reasonOf(callTool(peer, 'write_file', { path: '/workspace/a.txt', content: 'a' }));
}

/** Repeats a call until it is answered so. */
async function until(call: () => Promise<string | undefined>, reason: string | undefined): Promise<void> {
  while ((await call()) !== reason) await wait(20);
}

function configOf({ folder }: StartedSallyport): string {
  return join(folder, 'sallyport.yaml');
}

/** The limits as an instance counts them now, as far as their rates and costs. */
async function shownAt(sallyport: StartedSallyport): Promise<string> {
  const io = listeningIo();
  await runLimitShow(undefined, { config: configOf(sallyport) }, io);
  return io.said().split(', all calls', 1)[0] ?? '';
}

/** Stops something at one instance. @returns the exit code, and the id of the stop. */
async function stop(at: StartedSallyport, what: Omit<StopOptions, 'config'>): Promise<readonly [number, string]> {
  const io = listeningIo();
  const code = await runStop({ config: configOf(at), ...what }, io);
  return [code, /^Stopped: (\S+)/.exec(io.said())?.[1] ?? assert.fail(io.complained())];
}

suite('stops in Redis', { skip: whyNoRedis(), timeout: 120_000 }, () => {
  test('are in force on every instance within a second, and lifted there', async () => {
    await using redis = await startRedis();
    await using upstream = await startFilesServer();
    await using one = await start(upstream, redis);
    await using other = await start(upstream, redis);
    const [code, id] = await stop(one, { tool: 'files/read_file', reason: 'it reads too much' });
    assert.equal(code, 0);
    assert.equal(await read(one), 'stop.in-force');
    await within(
      1000,
      until(() => read(other), 'stop.in-force'),
    );
    assert.equal(await write(other), undefined);
    assert.equal(await runLift(id, { config: configOf(other) }, listeningIo()), 0);
    assert.equal(await read(other), undefined);
    await within(
      1000,
      until(() => read(one), undefined),
    );
  });

  test('are read each second where nobody is woken, and end by themselves', async () => {
    await using redis = await startRedis({
      words: ['--user', 'default', 'on', 'nopass', '~*', '+@all', 'resetchannels'],
    });
    await using upstream = await startFilesServer();
    await using one = await start(upstream, redis);
    await using other = await start(upstream, redis);
    await stop(one, { server: 'files', ttl: '4s' });
    await within(
      1000,
      until(() => read(other), 'stop.in-force'),
    );
    await within(
      5000,
      until(() => read(other), undefined),
    );
  });

  test('hold on while Redis is lost; after 5 seconds nothing else that can do more than read passes either', async () => {
    await using redis = await startRedis();
    await using upstream = await startFilesServer();
    await using one = await start(upstream, redis);
    await using other = await start(upstream, redis);
    await stop(one, { tool: 'files/read_file' });
    await until(() => read(other), 'stop.in-force');
    await redis.kill();
    assert.equal(await write(other), undefined);
    await within(
      8000,
      until(() => write(other), 'stop.unknown'),
    );
    assert.equal(await read(other), 'stop.in-force');

    // What is stopped now is in force here at once, and everywhere as soon as Redis is back: it comes back empty.
    const [code, late] = await stop(other, { server: 'files' });
    assert.equal(code, 1);
    assert.equal(await write(other), 'stop.in-force');
    const listed = listeningIo();
    assert.equal(await runStopList({ config: configOf(other) }, listed), 1);
    assert.match(listed.said(), /server files, .* \(not stored\)/);
    assert.equal(await runLift(late, { config: configOf(other) }, listeningIo()), 2);
    await redis.restart();
    await until(() => write(one), 'stop.in-force');
    assert.equal(await runLift(late, { config: configOf(one) }, listeningIo()), 0);
    assert.equal(await read(one), 'stop.in-force');
    await until(() => write(other), undefined);
    assert.equal(await read(other), 'stop.in-force');
  });

  test('and limits that an operator changes for a while are those of every instance', async () => {
    await using redis = await startRedis();
    await using upstream = await startFilesServer();
    const rules = ['{ id: read.rate, match: { tool: read_file }, effect: limit, limit: { per_day: 5 } }'];
    await using one = await start(upstream, redis, rules);
    await using other = await start(upstream, redis, rules);
    assert.equal(await read(one), undefined);
    const options = { config: configOf(one), cost: '4', ttl: '4s' };
    assert.equal(await runLimitSet('read.rate', options, listeningIo()), 0);
    await until(() => shownAt(other), 'read.rate  5/day burst 5, cost 4');
    // Four tokens are left, and one call takes them all.
    assert.equal(await read(other), undefined);
    assert.equal(await read(one), 'limit.exceeded');
    await until(() => shownAt(other), 'read.rate  5/day burst 5, cost 1');
    const left = listeningIo();
    assert.equal(await runLimitShow('read.rate', { config: configOf(other) }, left), 0);
    assert.match(left.said(), /^read\.rate {2}0 tokens left, a call passes in \d+ ms$/);
  });

  test('outlive an instance that stops, and are known to one that starts while Redis is lost', async () => {
    await using redis = await startRedis();
    await using upstream = await startFilesServer();
    await using one = await start(upstream, redis);
    await stop(one, { all: true });
    await using newcomer = await start(upstream, redis);
    assert.equal(await read(newcomer), 'stop.in-force');
    await redis.kill();
    await using late = await start(upstream, redis);
    assert.equal(await read(late), undefined);
    assert.equal(await write(late), 'stop.unknown');
    await redis.restart();
    await until(() => read(late), 'stop.in-force');
  });
});
