import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, suite, test } from 'node:test';
import { newKekText, readKek } from './kek.ts';

suite('readKek()', () => {
  let directory = '';
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'sallyport-kek-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  function file(text: string, mode = 0o600): string {
    const path = join(directory, 'vault.key');
    writeFileSync(path, text);
    chmodSync(path, mode);
    return path;
  }

  test('reads what newKekText() makes, and names the same key the same', () => {
    const [one, other] = [newKekText(), newKekText()];
    const [first, again, second] = [readKek(file(one)), readKek(file(one)), readKek(file(other))];
    assert.deepEqual([first.key.length, first.id], [32, again.id]);
    assert.match(first.id, /^[0-9a-f]{16}$/);
    assert.notEqual(first.id, second.id);
  });

  test('refuses one that others can read, and says what to do', () => {
    for (const mode of [0o640, 0o604, 0o660, 0o666])
      assert.throws(() => readKek(file(newKekText(), mode)), /others could use the key\. Set it to 0600\./);
  });

  test('refuses what is no key, and says how to make one', () => {
    for (const text of ['', 'secret', Buffer.alloc(16).toString('base64'), Buffer.alloc(33).toString('base64')])
      assert.throws(() => readKek(file(text)), /holds no key: 32 bytes in base64\. Make one with sallyport vault key/);
    assert.throws(() => readKek(join(directory, 'none.key')), /is not there\. Make a key with sallyport vault key/);
    assert.throws(() => readKek(directory), /has mode|is a directory/);
  });
});
