import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, suite, test } from 'node:test';
import { KeyFileError, openKeyFile } from './key-file.ts';
import { createSealer } from './seal.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sealing-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const open = (path: string): ReturnType<typeof createSealer> => createSealer(openKeyFile(path, () => 0));

suite('openKeyFile()', () => {
  test('makes a key that only this user can read, in a directory that only this user can enter', () => {
    const path = join(directory, 'state', 'sealing-keys.json');
    open(path).seal('p', 'o', 'v');
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.equal(statSync(join(directory, 'state')).mode & 0o777, 0o700);
  });

  test('opens after a restart what was sealed before, also after a rotation', () => {
    const path = join(directory, 'keys.json');
    const ring = openKeyFile(path, () => 0);
    const sealed = createSealer(ring).seal('p', 'o', 'v');
    assert.deepEqual(open(path).open('p', 'o', sealed), { kind: 'opened', value: 'v' });
    ring.rotate();
    assert.deepEqual(open(path).open('p', 'o', sealed), { kind: 'opened', value: 'v' });
  });

  test('never hands out a use twice over restarts', () => {
    const path = join(directory, 'keys.json');
    const uses = (): number => JSON.parse(readFileSync(path, 'utf8')).keys[0].uses_reserved;
    open(path).seal('p', 'o', 'v');
    const first = uses();
    open(path).seal('p', 'o', 'v');
    assert.equal(uses(), 2 * first);
  });

  for (const mode of [0o640, 0o604, 0o644, 0o660]) {
    test(`refuses a file of mode ${mode.toString(8)}`, () => {
      const path = join(directory, 'keys.json');
      open(path).seal('p', 'o', 'v');
      chmodSync(path, mode);
      assert.throws(() => open(path), KeyFileError);
    });
  }

  test('refuses a directory that others can write to', () => {
    const shared = join(directory, 'shared');
    mkdirSync(shared);
    chmodSync(shared, 0o777);
    assert.throws(() => open(join(shared, 'keys.json')), KeyFileError);
  });

  for (const [fault, text] of Object.entries({
    'no JSON': 'keys',
    'no keys': '{}',
    'an empty list': '{"keys":[]}',
    'a short secret': '{"keys":[{"id":"00000000","secret":"AAAA","created_at_ms":0,"uses_reserved":0}]}',
    'no count of uses': `{"keys":[{"id":"00000000","secret":"${'A'.repeat(43)}","created_at_ms":0}]}`,
  })) {
    test(`refuses a file with ${fault}`, () => {
      const path = join(directory, 'keys.json');
      writeFileSync(path, text, { mode: 0o600 });
      assert.throws(() => open(path), KeyFileError);
    });
  }
});
