import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { readSegments } from '../../src/audit/read-segments.ts';
import { jwksOf, newKey } from '../../src/bundle/bundle.fixture.ts';
import { runAllowRollback } from '../../src/cli/bundle/run-allow-rollback.ts';
import { check } from '../../src/cli/check.ts';
import { listeningIo } from '../../src/cli/command-io.fixture.ts';
import type { Peer } from '../attacks/peer.ts';
import { callTool, openAgent } from '../e2e/agent.ts';
import { type Guarded, startGuarded } from '../e2e/start-guarded.ts';
import type { Upstream } from '../servers/upstream.ts';
import { startV2 } from '../servers/v2/start-v2.ts';
import { bundleOf } from './workshop.ts';

const ECHO = '{ id: echo, match: { tool: echo }, effect: allow }';
const ADD = '{ id: add, match: { tool: add }, effect: allow }';

suite('a served policy bundle', { timeout: 120_000 }, async () => {
  const [key, next, stranger] = [await newKey('one'), await newKey('two'), await newKey('one')];
  let upstream: Upstream;
  let guarded: Guarded;
  let alice: Peer;
  before(async () => {
    upstream = await startV2();
    guarded = await startGuarded({ carrier: 'proxy', servers: { tools: upstream.url } });
    await writeFile(join(guarded.folder, 'bundle-keys.json'), jwksOf(key));
    await writeFile(join(guarded.folder, 'rules.bundle'), await bundleOf(key, 5, ECHO));
    const file = join(guarded.folder, 'sallyport.yaml');
    const section = 'policy_bundle: { file: rules.bundle, keys: bundle-keys.json }';
    await writeFile(file, (await readFile(file, 'utf8')).replace('policies: [policy.yaml]', section));
    assert.equal(await guarded.reload(), 'swapped');
    alice = await openAgent(guarded, 'modern', 'user:alice');
  });
  after(async () => {
    await guarded.close();
    await upstream.close();
  });

  const put = async (bundle: Promise<string> | string) => guarded.put('rules.bundle', await bundle);
  const allowed = async (): Promise<readonly boolean[]> => {
    const [echo, add] = [await callTool(alice, 'echo', { text: 'a' }), await callTool(alice, 'add', { a: 1, b: 2 })];
    return [echo.reason === undefined, add.reason === undefined];
  };
  const status = async () => JSON.parse((await guarded.readyz()).body).config;

  test('decides, and is shown at /readyz', async () => {
    assert.deepEqual(await allowed(), [true, false]);
    const { bundle } = await status();
    assert.deepEqual([bundle.name, bundle.revision], ['test', 5]);
  });

  test('is followed when another one is put in its place', async () => {
    assert.equal(await put(bundleOf(key, 6, ADD)), 'swapped');
    assert.deepEqual(await allowed(), [false, true]);
    assert.equal(await put(bundleOf(key, 7, ECHO)), 'swapped');
    assert.deepEqual(await allowed(), [true, false]);
  });

  test('stays in force when what comes must not be used, and /readyz says why', async () => {
    const later = await bundleOf(key, 8, ADD);
    const stripped = JSON.parse(later);
    stripped.manifest = stripped.manifest.replace(/[^.]*$/, '');
    for (const [bad, says] of [
      [JSON.stringify(stripped), /signature was taken away/],
      [later.replace('tool: add', 'tool: all'), /is not the file that the manifest names/],
      [later.slice(0, later.length / 2), /no strict JSON/],
      [await bundleOf(stranger, 8, ADD), /signature does not fit/],
      [await bundleOf(next, 8, ADD), /not among those that may sign/],
      [
        await bundleOf(key, 8, '{ id: x, match: { tool: nowhere }, effect: allow }'),
        /test\.yaml:5:\d+: error: .*nowhere/,
      ],
      [await bundleOf(key, 6, ADD), /revision 6 is older than test revision 7.*allow-rollback/],
      [await bundleOf(key, 7, ADD), /other contents.*allow-rollback/],
    ] as const) {
      assert.equal(await put(bad), 'failed', says.source);
      const { failedReload, bundle } = await status();
      assert.match(failedReload.problems.join('\n'), says);
      assert.equal(bundle.revision, 7);
      assert.deepEqual(await allowed(), [true, false]);
    }
    assert.equal(await put(bundleOf(key, 7, ECHO)), 'swapped');
    assert.equal((await status()).failedReload, undefined);
  });

  test('does not use up a revision that could not be used', async () => {
    assert.equal(await put(bundleOf(key, 9, '{ id: x, match: { tool: nowhere }, effect: allow }')), 'failed');
    assert.equal(await put(bundleOf(key, 8, ECHO)), 'swapped');
  });

  test('may be signed by the next key once that is in the set, and by the old one until it is not', async () => {
    assert.equal(await guarded.put('bundle-keys.json', jwksOf(key, next)), 'swapped');
    assert.equal(await put(bundleOf(next, 9, ADD)), 'swapped');
    assert.equal(await put(bundleOf(key, 10, ECHO)), 'swapped');
    assert.equal(await guarded.put('bundle-keys.json', jwksOf(next)), 'failed');
    assert.equal(await put(bundleOf(next, 10, ECHO)), 'swapped');
    assert.equal(await guarded.put('bundle-keys.json', jwksOf(key, next)), 'swapped');
  });

  test('goes back only when an operator permits it, once, also after a restart', async () => {
    const config = join(guarded.folder, 'sallyport.yaml');
    assert.equal(await put(bundleOf(key, 4, ADD)), 'failed');
    await assert.rejects(check(config, listeningIo()), /revision 4 is older than test revision 10/);
    await assert.rejects(guarded.restart(), /revision 4 is older than test revision 10/);
    const io = listeningIo();
    assert.equal(await runAllowRollback({ config, reason: 'revision 10 locks out alice' }, io), 0, io.complained());
    await check(config, listeningIo());
    await guarded.restart();
    alice = await openAgent(guarded, 'modern', 'user:alice');
    assert.deepEqual(await allowed(), [false, true]);
    assert.equal(await put(bundleOf(key, 3, ECHO)), 'failed');
    assert.equal(await put(bundleOf(key, 10, ECHO)), 'swapped');
    assert.equal(await put(bundleOf(key, 4, ADD)), 'failed');
    assert.equal(await put(bundleOf(key, 10, ECHO)), 'swapped');
  });

  test('is in the record with each change, and in every decision by the digest of its rules', async () => {
    const items = await Array.fromAsync(readSegments(join(guarded.folder, '.sallyport/record')));
    const records = items.flatMap((item) => (item.kind === 'record' ? [JSON.parse(JSON.stringify(item.record))] : []));
    const decided = new Set(records.flatMap(({ data }) => data?.policy_sha256 ?? []));
    assert.ok(decided.size >= 2, 'one digest for each set of rules');
    const changes = records.filter(({ data }) => data?.action === 'policy-bundle.set').map(({ data }) => data);
    const states = changes.map(({ state }) => state);
    const [forward, back] = [
      [5, 6, 7, 8, 9, 10],
      [4, 10],
    ];
    assert.deepEqual(
      states,
      [...forward, ...back].map((revision) => `revision ${revision}`),
    );
    const rollback = changes.find(({ state }) => state === 'revision 4');
    assert.equal(rollback.why, 'revision 10 locks out alice');
    assert.equal(rollback.was, 'revision 10');
    assert.equal(changes[0].was, 'none');
  });
});
