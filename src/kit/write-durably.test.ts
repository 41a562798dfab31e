import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { writeDurably } from './write-durably.ts';

suite('writeDurably()', () => {
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-durable-'));
  const path = join(directory, 'file');
  after(() => rmSync(directory, { recursive: true }));

  test('replaces the content of a file that only its owner reads', () => {
    writeDurably(path, 'a longer text');
    writeDurably(path, 'text');
    assert.equal(readFileSync(path, 'utf8'), 'text');
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  test('works under the permission model, where fsync does not', () => {
    const module = new URL('write-durably.ts', import.meta.url).href;
    const script = `import { writeDurably } from '${module}'; writeDurably(process.argv[1], 'confined')`;
    const flags = ['--permission', `--allow-fs-read=${import.meta.dirname}`, `--allow-fs-write=${directory}`];
    execFileSync(process.execPath, [...flags, '--input-type=module', '-e', script, path]);
    assert.equal(readFileSync(path, 'utf8'), 'confined');
  });
});
