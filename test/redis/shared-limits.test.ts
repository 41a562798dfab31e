import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type FilesServer, startFilesServer } from '../../examples/demo/files-server.ts';
import type { Peer } from '../attacks/peer.ts';
import { type Answer, callTool } from '../e2e/agent.ts';
import { type StartedSallyport, startSallyport } from '../e2e/start-sallyport.ts';
import { policyOf } from '../e2e/start-guarded.ts';
import { whyNoRedis } from './redis-part.ts';
import { startRedis } from './start-redis.ts';

const ALL = '{ id: all, match: { tool: "*" }, effect: allow }';

function limited(tool: string, more: string): string {
  return `{ id: "${tool}.rate", match: { tool: ${tool} }, effect: limit, limit: { ${more} } }`;
}

function start(upstream: FilesServer, socket: string, ...rules: readonly string[]): Promise<StartedSallyport> {
  const more = `store: { kind: redis, socket: ${socket}, timeout_ms: 1000 }`;
  return startSallyport({ servers: { files: upstream.url }, policy: policyOf(ALL, ...rules), more });
}

function agentOf(sallyport: StartedSallyport): Peer {
  return { era: 'modern', url: sallyport.url('files'), headers: [] };
}

function read(sallyport: StartedSallyport): Promise<Answer> {
  return callTool(agentOf(sallyport), 'read_file', { path: '/workspace/report.txt' });
}

function write(sallyport: StartedSallyport): Promise<Answer> {
  return callTool(agentOf(sallyport), 'write_file', { path: '/workspace/a.txt', content: 'a' });
}

suite('limits in Redis', { skip: whyNoRedis(), timeout: 120_000 }, () => {
  test('are those of all instances together, and outlive them', async () => {
    await using redis = await startRedis();
    await using upstream = await startFilesServer();
    const rule = limited('read_file', 'rates: [{ per_second: 1000 }, { per_day: 1, burst: 3 }], by: [principal]');
    await using one = await start(upstream, redis.socket, rule);
    {
      await using other = await start(upstream, redis.socket, rule);
      assert.equal((await read(one)).reason, undefined);
      assert.equal((await read(other)).reason, undefined);
      assert.equal((await read(one)).reason, undefined);
      assert.equal((await read(other)).reason, 'limit.exceeded');
    }
    await using third = await start(upstream, redis.socket, rule);
    const { reason, headers } = await read(third);
    assert.equal(reason, 'limit.exceeded');
    assert.ok(Number(headers.get('retry-after')) > 86_000);
    assert.equal(upstream.calls.length, 3);
  });

  test('that are lost refuse for a tool that can do more than read, and count the share of one for others', async () => {
    await using redis = await startRedis();
    await using upstream = await startFilesServer();
    await using sallyport = await start(
      upstream,
      redis.socket,
      limited('read_file', 'burst: 2, per_day: 1'),
      limited('write_file', 'burst: 2, per_day: 1'),
    );
    await redis.kill();
    for (const expected of [undefined, undefined, 'limit.exceeded']) {
      assert.equal((await read(sallyport)).reason, expected);
    }
    const refused = await write(sallyport);
    assert.deepEqual(
      [refused.status, refused.reason, refused.headers.get('retry-after')],
      [503, 'limit.unavailable', '1'],
    );
    await redis.restart();
    while ((await write(sallyport)).reason !== undefined);
    assert.deepEqual(
      upstream.calls.map(({ tool }) => tool),
      ['read_file', 'read_file', 'write_file'],
    );
  });
});
