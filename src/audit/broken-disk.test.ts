import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, suite, test } from 'node:test';

const FIXTURE = join(import.meta.dirname, 'record-calls.fixture.ts');
const isTraced = spawnSync('strace', ['-e', 'trace=none', 'true']).status === 0;

/*
 * Disks that are slow or fail, as the process sees them: the kernel's own answers to its system calls, changed on their way by
 * strace. pwrite64 is what makes records durable, write is what appends them.
 */
suite('a recorder on a broken disk', { skip: isTraced ? false : 'needs strace, and the right to use it' }, () => {
  let root = '';
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'sallyport-disk-'));
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  /** What came of the calls while `fault` was injected. */
  function recorded(fault: string, ...words: readonly string[]): readonly string[] {
    const directory = join(root, 'record');
    const segment = join(directory, 'segment-0000000000000001.log');
    const strace = ['-f', '-qq', '-o', join(root, 'trace'), '-P', segment, '-e', `inject=${fault}`];
    const { stdout, stderr } = spawnSync('strace', [...strace, process.execPath, FIXTURE, directory, ...words], {
      encoding: 'utf8',
      // strace counts for each thread by itself.
      env: { ...process.env, UV_THREADPOOL_SIZE: '1' },
    });
    assert.equal(stderr, '');
    return stdout.trim().split('\n');
  }

  test('refuses strict calls while it is slow, and lets bounded ones go until the bound is reached', () => {
    const slow = recorded('pwrite64:delay_enter=3s', 'bounded', 'strict', '200', 'bounded', 'best_effort');
    const late = 'LogSlowError: the record cannot keep up: the disk takes too long';
    assert.deepEqual(slow, [
      'bounded allowed',
      `strict refused ${late}`,
      `bounded refused ${late}`,
      'best_effort allowed',
    ]);
  });

  test('holds bounded calls back while it is late, and lets them go when it has caught up', () => {
    const late = recorded('pwrite64:delay_enter=250ms:when=1', 'bounded', '160', 'bounded', 'strict');
    assert.deepEqual(late, ['bounded allowed', 'bounded allowed', 'strict allowed']);
  });

  test('refuses strict calls whose record could not be made durable, and goes on when it can again', () => {
    const failed = recorded('pwrite64:error=EIO:when=1..2', 'strict', 'strict', 'strict');
    assert.deepEqual(failed, ['strict refused EIO', 'strict refused EIO', 'strict allowed']);
  });

  test('refuses all but best effort while nothing can be appended, and goes on when it can again', () => {
    const full = recorded(
      'write:error=ENOSPC:when=1..3',
      'strict',
      'bounded',
      'best_effort',
      '50',
      'bounded',
      'strict',
    );
    assert.deepEqual(full, [
      'strict refused ENOSPC',
      'bounded refused ENOSPC',
      'best_effort allowed',
      'bounded allowed',
      'strict allowed',
    ]);
  });
});
