import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { readSegments } from '../audit/read-segments.ts';
import { startSallyport } from '../main.ts';
import { breakerCommand, runList, runSet } from './breaker.ts';
import { listeningIo, scratchDirectory } from './command-io.fixture.ts';

const CONFIG = `listeners: { agents: { bind: 127.0.0.1:0 } }
servers:
  bank: { route: /bank, upstream: "http://127.0.0.1:9/mcp", identity: anonymous, capability: none, pins: pins.json, breaker: {} }
  shop: { route: /shop, upstream: "http://127.0.0.1:9/mcp", identity: anonymous, capability: none, pins: shop.json }
telemetry: { log_level: error }
`;

function project(directory: string): string {
  writeFileSync(join(directory, 'sallyport.yaml'), CONFIG);
  for (const [file, server] of [
    ['pins.json', 'bank'],
    ['shop.json', 'shop'],
  ] as const) {
    writeFileSync(
      join(directory, file),
      JSON.stringify({ apiVersion: 'sallyport/v1', kind: 'Pins', server, tools: [] }),
    );
  }
  return join(directory, 'sallyport.yaml');
}

suite('sallyport breaker', () => {
  test('sets a breaker of the running service, shows it, and leaves a record', async (context) => {
    const config = project(scratchDirectory(context));
    const running = await startSallyport({ configPath: config });
    context.after(() => running.stop());
    const io = listeningIo();
    const wish = { server: 'bank', tool: undefined, state: 'forced_open' } as const;
    assert.equal(await runSet(wish, { config, why: 'maintenance' }, io), 0);
    assert.match(io.said(), /^bank \(beside its tools\): forced_open, until it is set anew/);
    assert.equal(await runList({ config }, io), 0);
    assert.match(io.said(), /bank \(beside its tools\) +forced_open +0 failed and 0 slow of 0 calls$/);
    const asJson = listeningIo();
    await runList({ config, json: true }, asJson);
    assert.equal(JSON.parse(asJson.said())[0].state, 'forced_open');
    const records = await Array.fromAsync(readSegments(join(config, '../.sallyport/record')));
    assert.deepEqual(records.flatMap((item) => (item.kind === 'record' ? [item.record.data] : [])).at(-1), {
      action: 'breaker.set',
      server: 'bank',
      state: 'forced_open',
      was: 'closed',
      why: 'maintenance',
    });
  });

  test('says so when there is no such breaker, and when no service runs', async (context) => {
    const config = project(scratchDirectory(context));
    const alone = listeningIo();
    assert.equal(await runList({ config }, alone), 2);
    assert.match(alone.complained(), /^error: no service answers at .*operator\.sock \(.*ENOENT.*\)\. Start it with/);
    const running = await startSallyport({ configPath: config });
    context.after(() => running.stop());
    for (const [server, tool] of [
      ['shop', undefined],
      ['nowhere', undefined],
      ['bank', 'unknown'],
    ] as const) {
      const io = listeningIo();
      assert.equal(await runSet({ server, tool, state: 'closed' }, { config, why: 'x' }, io), 2);
      assert.match(io.complained(), /^error: there is no breaker of /);
    }
  });

  test('has a command for each state that an operator may set', () => {
    const names = breakerCommand().commands.map((command) => command.name());
    assert.deepEqual(names, ['list', 'force-open', 'metrics-only', 'disable', 'reset']);
  });
});
