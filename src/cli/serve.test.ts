import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { codeDirectories } from './code-directories.ts';

const MAIN = join(import.meta.dirname, 'main.ts');
const CONFIG = `listeners: { agents: { bind: 127.0.0.1:0 } }
servers:
  files:
    route: /files
    upstream: http://127.0.0.1:9/mcp
    identity: anonymous
    capability: none
    pins: pins.json
`;
const PINS = { apiVersion: 'sallyport/v1', kind: 'Pins', server: 'files', tools: [] };

suite('sallyport serve', () => {
  let directory = '';
  let file = '';
  let child: ChildProcess | undefined;
  let output = '';
  const socketPath = (): string => join(directory, '.sallyport', 'operator.sock');

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'sallyport-serve-'));
    file = join(directory, 'sallyport.yaml');
    writeFileSync(file, CONFIG);
    writeFileSync(join(directory, 'pins.json'), JSON.stringify(PINS));
    output = '';
  });
  afterEach(async () => {
    if (child?.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    rmSync(directory, { recursive: true });
  });

  function start(...flags: string[]): ChildProcess {
    const served = spawn(process.execPath, [MAIN, 'serve', '--config', file, ...flags], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    served.stdout.on('data', (chunk: Buffer) => (output += chunk));
    served.stderr.on('data', (chunk: Buffer) => (output += chunk));
    child = served;
    return served;
  }

  function get(path: string): Promise<{ readonly status: number | undefined; readonly body: string }> {
    return new Promise((resolve, reject) => {
      const call = request({ socketPath: socketPath(), path }, async (response) => {
        const chunks = await Array.fromAsync(response as AsyncIterable<Buffer>);
        resolve({ status: response.statusCode, body: Buffer.concat(chunks).toString() });
      });
      call.on('error', reject).end();
    });
  }

  /** The body of `/readyz` once it is as wanted. */
  async function readyz(isWanted: (body: Record<string, unknown>) => boolean): Promise<Record<string, unknown>> {
    for (;;) {
      const found = await get('/readyz').catch(() => undefined);
      const body = found === undefined ? undefined : (JSON.parse(found.body) as Record<string, unknown>);
      if (body !== undefined && isWanted(body)) return body;
      assert.equal(child?.exitCode, null, output);
      await pause(20);
    }
  }
  const isReady = (body: Record<string, unknown>): boolean => body['ready'] === true;
  const configOf = (body: Record<string, unknown>) => body['config'] as Record<string, unknown>;

  test('becomes a process that may touch only what the configuration names', { timeout: 30_000 }, async () => {
    const served = start();
    await readyz(isReady);
    const commandLine = readFileSync(`/proc/${served.pid}/cmdline`, 'utf8').split('\0');
    assert.ok(commandLine.includes('--permission'), 'the same process, with other flags');
    const granted = commandLine.filter((word) => word.startsWith('--allow-fs'));
    const state = join(directory, '.sallyport');
    const [code = ''] = codeDirectories();
    const read = [code, file, join(directory, 'pins.json'), state];
    assert.deepEqual(
      granted.toSorted(),
      [...read.map((path) => `--allow-fs-read=${path}`), `--allow-fs-write=${state}`].toSorted(),
    );
    assert.ok(!commandLine.some((word) => word.startsWith('--allow-child-process')));
    served.kill('SIGTERM');
    await once(served, 'close');
    assert.equal(served.exitCode, 0, output);
    assert.doesNotMatch(output, /Warning/);
    assert.match(output, /"msg":"stopping"[\s\S]*"msg":"stopped"/);
    assert.equal(existsSync(socketPath()), false);
  });

  test('follows a deny list whose directory it may not read, without a complaint', { timeout: 30_000 }, async () => {
    writeFileSync(join(directory, 'revoked.txt'), '');
    writeFileSync(file, `${CONFIG}authenticate: { revocations: { file: revoked.txt } }\n`);
    const served = start();
    await readyz(isReady);
    served.kill('SIGTERM');
    await once(served, 'close');
    assert.doesNotMatch(output, /deny list/);
  });

  test('ends on SIGTERM although nobody reads its log any more', { timeout: 30_000 }, async () => {
    const served = start();
    await readyz(isReady);
    served.stdout?.destroy();
    served.kill('SIGTERM');
    await once(served, 'close');
    assert.equal(served.exitCode, 0, output);
  });

  test('keeps the last good configuration on SIGHUP, says so, and takes the corrected one', {
    timeout: 30_000,
  }, async () => {
    const served = start();
    const { config } = await readyz(isReady);
    writeFileSync(file, CONFIG.replace('pins.json', 'nothing.json'));
    served.kill('SIGHUP');
    const failed = await readyz((body) => configOf(body)['failedReload'] !== undefined);
    assert.equal(failed['ready'], true);
    assert.equal(configOf(failed)['digest'], (config as Record<string, unknown>)['digest']);
    assert.match(JSON.stringify(configOf(failed)['failedReload']), /nothing\.json/);
    assert.match((await get('/metrics')).body, /sallyport_config_last_reload_ok 0/);
    writeFileSync(file, `${CONFIG}decision: { deadline_ms: 1000 }\n`);
    served.kill('SIGHUP');
    const good = await readyz((body) => configOf(body)['failedReload'] === undefined);
    assert.notEqual(configOf(good)['digest'], (config as Record<string, unknown>)['digest']);
  });

  test('refuses a second service on the same state directory', { timeout: 30_000 }, async () => {
    start();
    await readyz(isReady);
    const second = spawnSync(process.execPath, [MAIN, 'serve', '--config', file], { encoding: 'utf8' });
    assert.equal(second.status, 2);
    assert.match(second.stderr, /another sallyport serves from this state directory/);
    await readyz(isReady);
  });

  test('ends with 2 and the place of the mistake when the configuration cannot be used', () => {
    writeFileSync(file, CONFIG.replace('upstream', 'upstraem'));
    const { status, stderr } = spawnSync(process.execPath, [MAIN, 'serve', '--config', file], { encoding: 'utf8' });
    assert.equal(status, 2);
    assert.match(
      stderr,
      /sallyport\.yaml:5:5: error: servers\.files\.upstraem: unknown field\. Did you mean "upstream"\?/,
    );
    assert.doesNotMatch(stderr, /\n\s+at /);
  });
});
