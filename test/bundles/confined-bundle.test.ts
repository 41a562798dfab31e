import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { jwksOf } from '../../src/bundle/bundle.fixture.ts';
import { bundleOf, openWorkshop } from './workshop.ts';

const MAIN = join(import.meta.dirname, '../../src/cli/main.ts');
const CONFIG = `listeners: { agents: { bind: 127.0.0.1:0 } }
servers:
  files: { route: /files, upstream: http://127.0.0.1:9/mcp, identity: anonymous, capability: none, pins: pins.json }
policy_bundle: { file: rules/current.bundle, keys: jwks.json }
`;
const PINS = { apiVersion: 'sallyport/v1', kind: 'Pins', server: 'files', tools: [] };

/** A folder to serve from, and the confined service in it. */
async function openService() {
  const workshop = await openWorkshop();
  const { folder, keys, replace } = workshop;
  const config = join(folder, 'sallyport.yaml');
  mkdirSync(join(folder, 'rules'));
  writeFileSync(config, CONFIG);
  writeFileSync(join(folder, 'pins.json'), JSON.stringify(PINS));
  const put = async (revision: number): Promise<void> =>
    replace('rules/current.bundle', await bundleOf(keys[0], revision));
  let child: ChildProcess | undefined;
  let output = '';
  const readyz = async (isWanted: (config: Status) => boolean): Promise<Status> => {
    for (;;) {
      const status = await statusAt(join(folder, '.sallyport/operator.sock')).catch(() => undefined);
      if (status !== undefined && isWanted(status)) return status;
      assert.equal(child?.exitCode, null, output);
      await pause(20);
    }
  };
  const stop = async (): Promise<void> => {
    if (child === undefined || child.exitCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'close');
  };
  return {
    ...workshop,
    put,
    readyz,
    stop,
    start() {
      const started = spawn(process.execPath, [MAIN, 'serve', '--config', config], {
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      for (const stream of [started.stdout, started.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk));
      child = started;
      return started;
    },
    run: (...argv: readonly string[]) =>
      spawnSync(process.execPath, [MAIN, ...argv, '--config', config], { encoding: 'utf8' }),
    async [Symbol.asyncDispose]() {
      await stop();
      await workshop[Symbol.asyncDispose]();
    },
  };
}

interface Status {
  readonly bundle?: { readonly name: string; readonly revision: number; readonly digest: string };
  readonly failedReload?: { readonly problems: readonly string[] };
}

function problemsOf({ failedReload }: Status): string {
  return failedReload?.problems.join() ?? '';
}

function statusAt(socketPath: string): Promise<Status> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, path: '/readyz' }, async (response) => {
      const chunks = await Array.fromAsync(response as AsyncIterable<Buffer>);
      resolve(JSON.parse(Buffer.concat(chunks).toString()).config);
    });
    call.on('error', reject).end();
  });
}

suite('a confined service with a policy bundle', { timeout: 120_000 }, () => {
  test('follows the file by itself, keeps the last good one, and goes back by permission alone', async () => {
    await using at = await openService();
    await at.put(5);
    const served = at.start();
    await at.readyz(({ bundle }) => bundle?.revision === 5);
    const commandLine = readFileSync(`/proc/${served.pid}/cmdline`, 'utf8').split('\0');
    assert.ok(commandLine.includes(`--allow-fs-read=${join(at.folder, 'rules/current.bundle')}`));
    await at.put(6);
    await at.readyz(({ bundle }) => bundle?.revision === 6);
    await at.put(4);
    const { bundle, failedReload } = await at.readyz((status) => status.failedReload !== undefined);
    assert.equal(bundle?.revision, 6);
    assert.match(failedReload?.problems.join() ?? '', /revision 4 is older than test revision 6 was/);
    assert.equal(at.run('check').status, 2);
    const permitted = at.run('policy', 'bundle', 'allow-rollback', '--reason', 'a test');
    assert.equal(permitted.status, 0, permitted.stderr);
    assert.match(permitted.stdout, /test revision 4 may be in force next/);
    const back = await at.readyz((status) => status.bundle?.revision === 4);
    assert.equal(back.failedReload, undefined);
    const checked = at.run('check');
    assert.equal(checked.status, 0, checked.stderr);
    assert.match(checked.stdout, /bundle test revision 4/);
  });

  test('does not start with an older one, nor with one of other keys', async () => {
    await using at = await openService();
    await at.put(5);
    at.start();
    await at.readyz(({ bundle }) => bundle?.revision === 5);
    await at.stop();
    await at.put(4);
    const older = at.run('serve');
    assert.equal(older.status, 2);
    assert.match(older.stderr, /sallyport\.yaml:4:16: error: policy_bundle: test revision 4 is older.*allow-rollback/);
    await at.put(6);
    await at.replace('jwks.json', jwksOf(at.keys[1]));
    const other = at.run('serve');
    assert.equal(other.status, 2);
    assert.match(other.stderr, /the key "one" is not among those that may sign/);
  });

  test('never shows a part of one, however it is written', async () => {
    await using at = await openService();
    await at.put(1);
    at.start();
    await at.readyz(({ bundle }) => bundle?.revision === 1);
    const file = join(at.folder, 'rules/current.bundle');
    const next = await bundleOf(at.keys[0], 2, '{ id: a, match: { method: "tasks/*" }, effect: deny }');
    // Written over in pieces, not renamed: what was read in the middle must not be in force.
    const said = new Set(['']);
    for (const length of [10, next.length / 2, next.length - 10]) {
      writeFileSync(file, next.slice(0, length));
      const status = await at.readyz((now) => !said.has(problemsOf(now)));
      assert.equal(status.bundle?.revision, 1);
      said.add(problemsOf(status));
    }
    writeFileSync(file, next);
    await at.readyz(({ bundle, failedReload }) => bundle?.revision === 2 && failedReload === undefined);
  });
});
