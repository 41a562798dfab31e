import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { readSegments } from '../audit/read-segments.ts';
import { startSallyport } from '../main.ts';
import { listeningIo, scratchDirectory } from './command-io.fixture.ts';
import { runLogLevel } from './log-level.ts';

const CONFIG = `listeners: { agents: { bind: 127.0.0.1:0 } }
servers:
  bank: { route: /bank, upstream: "http://127.0.0.1:9/mcp", identity: anonymous, capability: none, pins: pins.json }
telemetry: { log_level: error }
`;
const NOTHING = { name: undefined, level: undefined };

function project(directory: string): string {
  writeFileSync(join(directory, 'sallyport.yaml'), CONFIG);
  const pins = { apiVersion: 'sallyport/v1', kind: 'Pins', server: 'bank', tools: [] };
  writeFileSync(join(directory, 'pins.json'), JSON.stringify(pins));
  return join(directory, 'sallyport.yaml');
}

suite('sallyport log-level', () => {
  test('changes a level of the running service for a while, shows it, and leaves a record', async (context) => {
    const config = project(scratchDirectory(context));
    const running = await startSallyport({ configPath: config });
    context.after(() => running.stop());
    const io = listeningIo();
    assert.equal(await runLogLevel({ name: 'calls', level: 'warn' }, { config, ttl: '5m', why: 'a look' }, io), 0);
    assert.match(io.said(), /^calls: warn for 5m, or until the service restarts\.$/);
    assert.equal(await runLogLevel(NOTHING, { config }, io), 0);
    assert.match(io.said(), /service {4}error\ncalls {6}warn, until \d{4}-.*Z\ntools {6}error\nenvoy {6}error$/);
    const records = await Array.fromAsync(readSegments(join(config, '../.sallyport/record')));
    const { until, ...said } = records
      .flatMap((item) => (item.kind === 'record' ? [item.record.data as Record<string, unknown>] : []))
      .at(-1) ?? { until: '' };
    assert.deepEqual(said, { action: 'log-level.set', name: 'calls', state: 'warn', was: 'error', why: 'a look' });
    assert.ok(Date.parse(String(until)) > Date.now());
  });

  test('says what is missing or unknown, and changes nothing', async (context) => {
    const config = project(scratchDirectory(context));
    const running = await startSallyport({ configPath: config });
    context.after(() => running.stop());
    const complaintOf = async (name: string, level: string | undefined, options: object): Promise<string> => {
      const io = listeningIo();
      assert.equal(await runLogLevel({ name, level }, { config, ...options }, io), 2);
      return io.complained();
    };
    assert.match(await complaintOf('calls', undefined, { why: 'x' }), /say which level/);
    assert.match(await complaintOf('calls', 'info', {}), /say why/);
    assert.match(await complaintOf('calls', 'info', { why: 'x', ttl: 'long' }), /--ttl must be a time/);
    assert.match(await complaintOf('nobody', 'info', { why: 'x' }), /no part of the log called nobody/);
    const io = listeningIo();
    await runLogLevel(NOTHING, { config }, io);
    assert.doesNotMatch(io.said(), /until/);
  });
});
