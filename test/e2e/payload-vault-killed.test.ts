import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startFilesServer } from '../../examples/demo/files-server.ts';
import { verify } from '../../src/cli/audit/verify.ts';
import { listeningIo } from '../../src/cli/command-io.fixture.ts';
import { runVault } from '../../src/cli/vault/run-vault.fixture.ts';
import { newKekText } from '../../src/vault/kek.ts';
import { writeProject } from './start-sallyport.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const ROUNDS = 3;
const LANES = 8;
const CALLS = 60;
const VAULT = 'payload_vault: { key: vault.key, segment_payloads: 32, keep: [{ server: files, tools: [read_file] }] }';

/** A service in a confined process of its own, and where it listens. */
async function serve(config: string) {
  const child = spawn(process.execPath, [MAIN, 'serve', '--config', config], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const ready = Promise.withResolvers<string>();
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    const url = /"listeners":\["([^"]+)"/.exec(said)?.[1];
    if (url !== undefined) ready.resolve(url);
  });
  child.once('exit', () => ready.reject(new Error(said)));
  const url = await ready.promise;
  return {
    url: `${url}/files`,
    async end(signal: 'SIGKILL' | 'SIGTERM') {
      child.kill(signal);
      await exited;
    },
  };
}

async function read(url: string): Promise<boolean> {
  const params = { name: 'read_file', arguments: { path: '/workspace/report.txt' } };
  const headers = { 'content-type': 'application/json', 'accept': 'application/json, text/event-stream' };
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params });
  const response = await fetch(url, { method: 'POST', headers, body });
  return (await response.text()).includes('all is well');
}

suite('a payload vault whose service is killed', { timeout: 120_000 }, () => {
  test('has what was written, nothing that is wrong, and says how much is missing', async () => {
    await using upstream = await startFilesServer();
    const listeners = '{ agents: { bind: 127.0.0.1:0 } }';
    const folder = await writeProject({ servers: { files: upstream.url }, listeners, more: VAULT, level: 'info' });
    await using undo = new AsyncDisposableStack();
    undo.defer(() => rm(folder, { recursive: true, force: true }));
    await writeFile(join(folder, 'vault.key'), newKekText(), { mode: 0o600 });
    const config = join(folder, 'sallyport.yaml');
    let answered = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const service = await serve(config);
      let left = CALLS;
      const lanes = Array.from({ length: LANES }, async () => {
        while (await read(service.url)) {
          answered += 1;
          if ((left -= 1) === 0) await service.end('SIGKILL');
        }
      });
      await Promise.allSettled(lanes);
    }
    const last = await serve(config);
    assert.equal(await read(last.url), true);
    await last.end('SIGTERM');
    const verified = await runVault('verify', '--json', '--config', config);
    const { proven, missing, unrecorded, findings } = JSON.parse(verified.said);
    assert.deepEqual(
      findings.filter((text: string) => !/^\d+ payloads that the record names are not there/.test(text)),
      [],
    );
    // What waited: at most what was under way, and was collected for some milliseconds.
    const calls = answered + 1;
    assert.ok(proven.arguments >= CALLS && proven.reply >= CALLS, verified.said);
    assert.ok(proven.arguments + missing.arguments >= calls, `${calls} calls: ${verified.said}`);
    assert.deepEqual(unrecorded.arguments <= ROUNDS * LANES, true, verified.said);
    const io = listeningIo();
    assert.equal(await verify({ config }, io), 0, io.complained());
  });
});
