import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { ChangedFile } from './changed-file.ts';

suite('ChangedFile', () => {
  const root = mkdtempSync(join(tmpdir(), 'sallyport-changed-'));
  after(() => rmSync(root, { recursive: true }));

  test('gives what is there, once', async () => {
    const path = join(root, 'file');
    writeFileSync(path, 'text');
    const file = new ChangedFile(path, 4);
    assert.equal(Buffer.from(await file.read()).toString(), 'text');
    assert.equal(await file.read(), 'unchanged');
    await assert.rejects(new ChangedFile(path, 3).read(), /larger than 3 bytes/);
  });

  test('waits for no pipe, and reads nothing that has no end', async () => {
    const pipe = join(root, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const endless = join(root, 'endless');
    symlinkSync('/dev/zero', endless);
    await assert.rejects(new ChangedFile(pipe, 100).read(), /no regular file/);
    await assert.rejects(new ChangedFile(endless, 100).read(), /no regular file/);
  });
});
