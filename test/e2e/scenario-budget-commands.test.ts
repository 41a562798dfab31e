import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { startFilesServer } from '../../examples/demo/files-server.ts';
import { readSegments } from '../../src/audit/read-segments.ts';
import { runChange, runShow } from '../../src/cli/budget.ts';
import { listeningIo } from '../../src/cli/command-io.fixture.ts';
import { runInit } from '../../src/cli/store.ts';
import { callTool } from './agent.ts';
import { policyOf } from './start-guarded.ts';
import { type StartedSallyport, startSallyport } from './start-sallyport.ts';

const ALL = '{ id: all, match: { tool: "*" }, effect: allow }';
const TWICE = '{ id: twice, match: { tool: read_file }, effect: limit, budget: { calls: 2, by: [principal] } }';

function configOf({ folder }: StartedSallyport): string {
  return join(folder, 'sallyport.yaml');
}

async function read(sallyport: StartedSallyport): Promise<string | undefined> {
  const peer = { era: 'modern', url: sallyport.url('files'), headers: [] } as const;
  return (await callTool(peer, 'read_file', { path: '/workspace/report.txt' })).reason;
}

async function shown(sallyport: StartedSallyport, text = ''): Promise<readonly { readonly id: string }[]> {
  const io = listeningIo();
  assert.equal(await runShow(text, { config: configOf(sallyport), json: true }, io), 0);
  return JSON.parse(io.said());
}

suite('sallyport budget', () => {
  test('shows what was used up, gives some of it back, begins it anew, and leaves records', async () => {
    await using upstream = await startFilesServer();
    await using sallyport = await startSallyport({ servers: { files: upstream.url }, policy: policyOf(ALL, TWICE) });
    const config = configOf(sallyport);
    assert.deepEqual(await shown(sallyport), []);
    assert.deepEqual([await read(sallyport), await read(sallyport)], [undefined, undefined]);
    assert.equal(await read(sallyport), 'budget.exceeded');
    const [line, ...others] = await shown(sallyport);
    assert.deepEqual(others, []);
    assert.partialDeepStrictEqual(line, { name: 'twice', kind: 'calls', counted: { spent: 2, most: 2 } });
    assert.deepEqual(await shown(sallyport, 'nothing like it'), []);
    const id = line?.id ?? '';
    const io = listeningIo();
    assert.equal(await runShow('twice', { config }, io), 0);
    assert.match(
      io.said(),
      /^[\w-]{12} {2}twice +2 of 2 calls used, for 86\d\d\d s {2}\["twice",.*"principal","anonymous"/,
    );

    assert.equal(await runChange({ action: 'grant', id, amount: 1 }, { config, why: 'one more' }, io), 0);
    assert.deepEqual([await read(sallyport), await read(sallyport)], [undefined, 'budget.exceeded']);
    assert.equal(await runChange({ action: 'reset', id }, { config, why: 'a new day' }, io), 0);
    assert.deepEqual([await read(sallyport), await read(sallyport)], [undefined, undefined]);
    assert.equal(await read(sallyport), 'budget.exceeded');

    const records = await Array.fromAsync(readSegments(join(sallyport.folder, '.sallyport/record')));
    const actions = records.flatMap((item) => {
      const isAction = item.kind === 'record' && item.record.type === 'dev.sallyport.operator.action.v1';
      return isAction ? [item.record.data] : [];
    });
    assert.partialDeepStrictEqual(actions, [
      { action: 'budget.grant', amount: 1, kind: 'calls', name: 'twice', was: 2, why: 'one more' },
      { action: 'budget.reset', kind: 'calls', name: 'twice', was: 2, why: 'a new day' },
    ]);
  });

  test('says so when no call asked for the budget, and when no service runs', async () => {
    await using upstream = await startFilesServer();
    await using sallyport = await startSallyport({ servers: { files: upstream.url } });
    const io = listeningIo();
    const wish = { action: 'reset', id: 'nobody' } as const;
    assert.equal(await runChange(wish, { config: configOf(sallyport), why: 'x' }, io), 2);
    assert.match(io.complained(), /^error: there is no budget nobody that a call asked for here\.$/);
    const odd = listeningIo();
    const less = { action: 'grant', id: 'nobody', amount: Number('-5') } as const;
    assert.equal(await runChange(less, { config: configOf(sallyport), why: 'x' }, odd), 2);
    assert.match(odd.complained(), /400/);
    await sallyport.close();
  });
});

suite('sallyport store init', () => {
  test('has nothing to do where each process counts by itself', async () => {
    await using upstream = await startFilesServer();
    await using sallyport = await startSallyport({ servers: { files: upstream.url } });
    const io = listeningIo();
    assert.equal(await runInit({ config: configOf(sallyport) }, io), 0);
    assert.match(io.said(), /nothing to make ready/);
  });
});
