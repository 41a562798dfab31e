import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { modeOpenToOthers } from './mode-open-to-others.ts';

suite('modeOpenToOthers()', () => {
  test('is the mode where others have one of the permissions', (t) => {
    const directory = mkdtempSync(join(tmpdir(), 'sallyport-mode-'));
    t.after(() => rmSync(directory, { recursive: true }));
    const file = join(directory, 'key');
    writeFileSync(file, 'x');
    const modes = [0o600, 0o400, 0o640, 0o604, 0o610, 0o602].map((mode) => {
      chmodSync(file, mode);
      return modeOpenToOthers(file);
    });
    assert.deepEqual(modes, [undefined, undefined, '640', '604', '610', '602']);
    chmodSync(directory, 0o755);
    assert.deepEqual([modeOpenToOthers(directory, 0o022), modeOpenToOthers(directory)], [undefined, '755']);
    assert.throws(() => modeOpenToOthers(join(directory, 'none')), { code: 'ENOENT' });
  });
});
