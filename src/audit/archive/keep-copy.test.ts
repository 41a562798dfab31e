import assert from 'node:assert/strict';
import { lstatSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { keepCopy } from './keep-copy.ts';

suite('keepCopy()', () => {
  test('writes through no link that somebody else put beside the file', async (context) => {
    const root = mkdtempSync(join(tmpdir(), 'sallyport-place-'));
    context.after(() => rmSync(root, { recursive: true }));
    const [path, victim] = [join(root, 'file'), join(root, 'victim')];
    writeFileSync(victim, 'untouched');
    symlinkSync(victim, `${path}.${process.pid}.part`);
    await keepCopy(path, Buffer.from('new'));
    assert.equal(readFileSync(victim, 'utf8'), 'untouched');
    assert.equal(readFileSync(path, 'utf8'), 'new');
    assert.ok(lstatSync(path).isFile());
  });
});
