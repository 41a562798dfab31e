import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { readSegments } from '../audit/read-segments.ts';
import { startSallyport } from '../main.ts';
import { listeningIo, scratchDirectory } from './command-io.fixture.ts';
import { runLift, runStop, runStopList, stopCommand } from './stop.ts';

const MAIN = join(import.meta.dirname, 'main.ts');
const CONFIG = `listeners: { agents: { bind: 127.0.0.1:0 } }
servers:
  bank: { route: /bank, upstream: "http://127.0.0.1:9/mcp", identity: anonymous, capability: none, pins: pins.json }
telemetry: { log_level: error }
`;

function project(directory: string): string {
  writeFileSync(join(directory, 'sallyport.yaml'), CONFIG);
  const pins = { apiVersion: 'sallyport/v1', kind: 'Pins', server: 'bank', tools: [] };
  writeFileSync(join(directory, 'pins.json'), JSON.stringify(pins));
  return join(directory, 'sallyport.yaml');
}

suite('sallyport stop', () => {
  test('stops, shows and lifts in the running service, and leaves a record of each', async (context) => {
    const config = project(scratchDirectory(context));
    const running = await startSallyport({ configPath: config });
    context.after(() => running.stop());
    const io = listeningIo();
    assert.equal(await runStop({ config, agent: 'agent:mail', ttl: '5m', reason: 'it leaks' }, io), 0);
    const [, id = ''] =
      /^Stopped: ([0-9a-f]{12})  agent agent:mail, since \S+, until \S+: it leaks$/.exec(io.said()) ?? [];
    assert.equal(await runStop({ config, server: 'bank' }, listeningIo()), 0);
    const asJson = listeningIo();
    assert.equal(await runStopList({ config, json: true }, asJson), 0);
    assert.partialDeepStrictEqual(JSON.parse(asJson.said()), {
      known: true,
      stops: [
        { id, kind: 'agent', name: 'agent:mail', why: 'it leaks', stored: true },
        { kind: 'server', name: 'bank', why: 'no reason was given', stored: true },
      ],
    });
    assert.equal(await runLift(id, { config, reason: 'it was mended' }, io), 0);
    const shown = listeningIo();
    await runStopList({ config }, shown);
    assert.match(shown.said(), /^[0-9a-f]{12}  server bank, since \S+, until lifted: no reason was given$/);
    const records = await Array.fromAsync(readSegments(join(config, '../.sallyport/record')));
    assert.partialDeepStrictEqual(
      records.flatMap((item) => (item.kind === 'record' ? [item.record.data] : [])),
      [
        { action: 'stop.set', id, kind: 'agent', name: 'agent:mail', why: 'it leaks' },
        { action: 'stop.set', kind: 'server', name: 'bank', why: 'no reason was given' },
        { action: 'stop.lift', id, kind: 'agent', name: 'agent:mail', why: 'it was mended' },
      ],
    );
  });

  test('holds in a process that was killed and is started again, confined as it is', {
    timeout: 60_000,
  }, async (context) => {
    const config = project(scratchDirectory(context));
    const serve = async (): Promise<ChildProcess> => {
      const child = spawn(process.execPath, [MAIN, 'serve', '--config', config], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      context.after(() => child.kill('SIGKILL'));
      child.stdout.resume();
      while ((await runStopList({ config }, listeningIo())) !== 0) await pause(20);
      return child;
    };
    const first = await serve();
    assert.equal(await runStop({ config, all: true }, listeningIo()), 0);
    first.kill('SIGKILL');
    await once(first, 'close');
    await serve();
    const io = listeningIo();
    await runStopList({ config }, io);
    assert.match(io.said(), /^[0-9a-f]{12}  everything, since \S+, until lifted: no reason was given$/);
  });

  test('stops what it does not know, and says so with exit code 1', async (context) => {
    const config = project(scratchDirectory(context));
    const running = await startSallyport({ configPath: config });
    context.after(() => running.stop());
    const none = listeningIo();
    assert.equal(await runStopList({ config }, none), 0);
    assert.equal(none.said(), 'Nothing is stopped.');
    const misspelt = listeningIo();
    assert.equal(await runStop({ config, server: 'banc' }, misspelt), 1);
    assert.match(misspelt.said(), /^Stopped: [0-9a-f]{12}  server banc, /);
    assert.equal(
      misspelt.complained(),
      'It is in force, but perhaps not what you meant: no server of this configuration is called "banc". Did you mean "bank"?',
    );
    const tool = listeningIo();
    assert.equal(await runStop({ config, tool: 'bank/pay/now\u001b[2J' }, tool), 1);
    assert.match(tool.complained(), /no tool of this configuration is called "bank\/pay\/now\\+u\{1b\}\[2J"\.$/);
  });

  test('wants one thing to stop, and a time that is one', async () => {
    for (const [options, complaint] of [
      [{}, /Say one thing to stop/],
      [{ agent: 'a', all: true }, /Say one thing to stop/],
      [{ agent: '' }, /--agent must name something/],
      [{ tool: 'pay' }, /--tool must be SERVER\/TOOL/],
      [{ all: true, ttl: 'soon' }, /--ttl must be a time/],
    ] as const) {
      const io = listeningIo();
      assert.equal(await runStop({ config: 'nowhere.yaml', ...options }, io), 2);
      assert.match(io.complained(), complaint);
    }
  });

  test('takes odd names as they are, shows them harmless, and refuses what is too long', async (context) => {
    const config = project(scratchDirectory(context));
    const running = await startSallyport({ configPath: config });
    context.after(() => running.stop());
    for (const principal of ['__proto__', 'constructor', '\u001b[2J', '\u{202e}evil', '["a","b",null,null,null]']) {
      assert.equal(await runStop({ config, principal }, listeningIo()), 0);
    }
    const io = listeningIo();
    await runStopList({ config }, io);
    assert.match(io.said(), /principal \\u\{1b\}\[2J,/);
    const refused = listeningIo();
    assert.equal(await runStop({ config, principal: 'x'.repeat(5000) }, refused), 2);
    assert.match(refused.complained(), /answered 400/);
    assert.equal(await runStop({ config, tool: 'Bank/pay' }, listeningIo()), 2);
  });

  test('says so when there is no such stop, and when no service runs', async (context) => {
    const config = project(scratchDirectory(context));
    const alone = listeningIo();
    assert.equal(await runStopList({ config }, alone), 2);
    assert.match(alone.complained(), /^error: no service answers at /);
    const running = await startSallyport({ configPath: config });
    context.after(() => running.stop());
    const io = listeningIo();
    assert.equal(await runLift('nothing', { config }, io), 2);
    assert.match(io.complained(), /^error: there is no stop of that id\.$/);
  });

  test('is understood with its options before, and those of its own commands behind', () => {
    const command = stopCommand();
    assert.deepEqual(
      command.commands.map((one) => one.name()),
      ['list', 'lift'],
    );
    const options = command.options.map(({ long }) => long);
    assert.deepEqual(options.slice(0, 7), ['--agent', '--tool', '--server', '--principal', '--txn', '--jti', '--all']);
  });
});
