import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, suite, test } from 'node:test';
import { cursorPath, readCursor, writeCursor } from './ship-cursor.ts';

suite('readCursor(), writeCursor()', () => {
  let path = '';
  let state = '';
  beforeEach(() => {
    state = mkdtempSync(join(tmpdir(), 'sallyport-cursor-'));
    path = cursorPath(state, 'archive');
  });
  afterEach(() => rmSync(state, { recursive: true }));

  test('keep how far a place has the record', async () => {
    assert.equal(await readCursor(path), undefined);
    await writeCursor(path, { origin: 'sallyport/a/1', through: 7 });
    await writeCursor(path, { origin: 'sallyport/a/1', through: 9 });
    assert.deepEqual(await readCursor(path), { origin: 'sallyport/a/1', through: 9 });
  });

  for (const text of ['', '{', '[]', '{"origin":"a","through":-1}', '{"origin":"a","through":1.5}', '{"through":3}']) {
    test(`take ${JSON.stringify(text)} for nothing known`, async () => {
      mkdirSync(dirname(path));
      writeFileSync(path, text);
      assert.equal(await readCursor(path), undefined);
    });
  }

  test('do not take a file that cannot be read for nothing known', async () => {
    mkdirSync(path, { recursive: true });
    await assert.rejects(readCursor(path), { code: 'EISDIR' });
  });
});
