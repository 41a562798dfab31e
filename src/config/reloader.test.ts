import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, suite, test } from 'node:test';
import { systemClock } from '../kit/clock.ts';
import { loadConfig } from './load.ts';
import { type Loaded, Reloader } from './reloader.ts';

const NEVER_MS = 1e9;

/** A configuration with one server whose body limit tells one version from another. */
function configText(maxBodyBytes: number | string): string {
  return `servers:
  files:
    route: /files
    upstream: http://127.0.0.1:9001/mcp
    identity: anonymous
    capability: none
    hosts: [localhost]
    pins: sallyport.yaml
    max_body_bytes: ${maxBodyBytes}
`;
}

suite('Reloader', () => {
  let directory = '';
  let file = '';
  let events: string[] = [];
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'sallyport-reload-'));
    file = join(directory, 'sallyport.yaml');
    writeFileSync(file, configText(1024));
    events = [];
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  const load = async (): Promise<Loaded<number | undefined>> => {
    const { config, files, signature } = await loadConfig(file);
    return { value: config.servers['files']?.max_body_bytes, files, signature };
  };
  const start = (pollMs = NEVER_MS, settleMs = NEVER_MS, onEvent = () => {}) =>
    Reloader.start({
      load,
      clock: systemClock,
      pollMs,
      settleMs,
      onSwap: (next, previous) => {
        events.push(`${previous} → ${next}`);
        onEvent();
      },
      onFailure: (error) => {
        events.push(String(error).replaceAll(directory, ''));
        onEvent();
      },
    });

  test('does not start with files that cannot be used', async () => {
    writeFileSync(file, 'servers: 1');
    await assert.rejects(start());
  });

  test('loads again what was replaced after it was read and before that was known', async () => {
    let meddle = (): void => {};
    const meddled = async (): Promise<Loaded<number | undefined>> => {
      const loaded = await load();
      meddle();
      return loaded;
    };
    const options = { clock: systemClock, pollMs: NEVER_MS, settleMs: NEVER_MS, onSwap: () => {}, onFailure: () => {} };
    using reloader = await Reloader.start({ load: meddled, ...options });
    writeFileSync(file, configText(2048));
    meddle = () => {
      meddle = () => {};
      writeFileSync(`${file}.next`, configText(4096));
      renameSync(`${file}.next`, file);
    };
    assert.deepEqual([await reloader.check(), reloader.current], ['swapped', 2048]);
    assert.deepEqual([await reloader.check(), reloader.current], ['swapped', 4096]);
    assert.equal(await reloader.check(), 'unchanged');
  });

  test('swaps to a changed file and leaves an unchanged one alone', async () => {
    using reloader = await start();
    assert.equal(await reloader.check(), 'unchanged');
    writeFileSync(file, configText(2048));
    assert.equal(await reloader.check(), 'swapped');
    assert.equal(reloader.current, 2048);
    assert.deepEqual(events, ['1024 → 2048']);
  });

  test('keeps the last good value when the new one is invalid, and says why once', async () => {
    using reloader = await start();
    writeFileSync(file, configText('many'));
    assert.equal(await reloader.check(), 'failed');
    assert.equal(await reloader.check(), 'failed');
    assert.equal(reloader.current, 1024);
    assert.match(String(reloader.failure?.error), /max_body_bytes/);
    assert.equal(events.length, 1);
    assert.match(events[0] ?? '', /^ProblemsError: \/sallyport.yaml:9:21: error: servers.files.max_body_bytes/);
    writeFileSync(file, configText(4096));
    assert.equal(await reloader.check(), 'swapped');
    assert.equal(reloader.failure, undefined);
  });

  test('recovers when a file is put right that the last good value did not name', async () => {
    using reloader = await start();
    writeFileSync(file, `${configText(2048)}policies: [rules/a.yaml]\n`);
    assert.equal(await reloader.check(), 'failed');
    writeFileSync(file, `${configText(2048)}policies: [a.yaml]\n`);
    assert.equal(await reloader.check(), 'failed');
    writeFileSync(join(directory, 'a.yaml'), 'rules: []\n');
    assert.equal(await reloader.check(), 'swapped');
  });

  test('sees a policy file that appears under a pattern', async () => {
    writeFileSync(join(directory, 'a.policy.yaml'), 'rules: []\n');
    writeFileSync(file, `${configText(1024)}policies: ['*.policy.yaml']\n`);
    using reloader = await start();
    writeFileSync(join(directory, 'b.policy.yaml'), 'rules: []\n');
    assert.equal(await reloader.check(), 'swapped');
  });

  test('sees the swap of a linked directory, which is how a ConfigMap changes', async () => {
    const versions = ['1', '2'].map((name) => join(directory, `${name}.yaml`));
    writeFileSync(versions[0] ?? '', configText(1024));
    writeFileSync(versions[1] ?? '', configText(2048));
    rmSync(file);
    symlinkSync('1.yaml', file);
    using reloader = await start();
    symlinkSync('2.yaml', `${file}.next`);
    renameSync(`${file}.next`, file);
    assert.equal(await reloader.check(), 'swapped');
    assert.equal(reloader.current, 2048);
  });

  test('keeps working when the file is gone', async () => {
    using reloader = await start();
    rmSync(file);
    assert.equal(await reloader.check(), 'failed');
    assert.equal(reloader.current, 1024);
    assert.match(String(reloader.failure?.error), /is not there/);
  });

  test('notices a change by itself, by being told and by polling', { timeout: 10_000 }, async () => {
    const modes: readonly [pollMs: number, settleMs: number][] = [
      [NEVER_MS, 10],
      [20, NEVER_MS],
    ];
    for (const [pollMs, settleMs] of modes) {
      writeFileSync(file, configText(1024));
      const { promise, resolve } = Promise.withResolvers<void>();
      using reloader = await start(pollMs, settleMs, resolve);
      const alive = setInterval(() => {}, 1000);
      // Replaced, as editors and deployments do it.
      writeFileSync(`${file}.next`, configText(8192));
      renameSync(`${file}.next`, file);
      await promise;
      clearInterval(alive);
      assert.equal(reloader.current, 8192);
    }
  });

  test('runs one reload after the other and ends with the newest', async () => {
    using reloader = await start();
    const results = [2048, 4096, 8192].map((bytes) => {
      writeFileSync(file, configText(bytes));
      return reloader.reload();
    });
    assert.deepEqual(await Promise.all(results), ['swapped', 'swapped', 'swapped']);
    assert.equal(reloader.current, 8192);
  });
});
