import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, suite, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { SignerGoneError, SignerThread, type SignerThreadOptions } from './signer-thread.ts';

suite('SignerThread', () => {
  let root = '';
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'sallyport-thread-'));
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });
  const options = (): SignerThreadOptions => ({
    directory: join(root, 'record'),
    keyPath: join(root, 'key'),
    onDamage: 'refuse',
    originHint: 'test',
    checkpointEveryMs: 3_600_000,
    onCheckpoint: () => {},
    onCheckpointFailure: assert.fail,
  });

  test('tells whoever waits that the thread has ended, and refuses those who come later', async () => {
    const opened = { kind: 'opened', nextSequence: 1, recovery: undefined, verifierKey: 'x' };
    const code = `
      const { parentPort } = require('node:worker_threads');
      parentPort.on('message', () => process.exit(0));
      parentPort.postMessage(${JSON.stringify(opened)});`;
    const { thread } = await SignerThread.open({ ...options(), spawn: () => new Worker(code, { eval: true }) });
    await Promise.all([1, 2].map((through) => assert.rejects(thread.sync(through), SignerGoneError)));
    await assert.rejects(thread.sync(3), SignerGoneError);
    await thread.close(3);
  });

  test('refuses to say that records are on the disk which are not in the log', async () => {
    const { thread } = await SignerThread.open({ ...options(), onCheckpointFailure: () => {} });
    assert.equal(await thread.sync(0), 0);
    await assert.rejects(thread.sync(1), { code: 'ENOENT' });
    await thread.close(0);
  });

  test('does not open what the thread could not', async () => {
    const spawn = (): Worker => new Worker('throw new Error("no memory")', { eval: true });
    await assert.rejects(SignerThread.open({ ...options(), spawn }), /no memory/);
    await assert.rejects(SignerThread.open({ ...options(), directory: '/dev/null/record' }), { code: 'ENOTDIR' });
  });
});
