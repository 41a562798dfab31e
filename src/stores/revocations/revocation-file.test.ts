import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { type Clock, systemClock } from '../../kit/clock.ts';
import { RevocationFile } from './revocation-file.ts';

suite('RevocationFile', () => {
  let directory = '';
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sallyport-deny-'));
  });
  after(() => rm(directory, { recursive: true }));

  /** A list that looks only when the test says so. */
  async function world(content: string) {
    const path = join(directory, String(Math.random()));
    await writeFile(path, content);
    const time = { nowMs: 0 };
    const clock: Clock = { nowMs: () => 0, monotonicMs: () => time.nowMs };
    const list = await RevocationFile.open({ path, clock, pollMs: 1e9 });
    return { path, time, list };
  }

  test('knows what is revoked', async () => {
    const { list } = await world('a\nb\n');
    using _ = list;
    assert.deepEqual(
      ['a', 'b', 'c'].map((id) => list.check(id)),
      ['revoked', 'revoked', 'not-revoked'],
    );
  });

  test('does not open a list that is not there or cannot be read', async () => {
    const path = join(directory, 'absent');
    await assert.rejects(RevocationFile.open({ path, clock: systemClock }), /ENOENT/);
    await writeFile(path, '["a",');
    await assert.rejects(RevocationFile.open({ path, clock: systemClock }));
  });

  test('ends the streams of a token when it is revoked, and of no other', async () => {
    const { path, list } = await world('');
    using _ = list;
    const [revoked, other] = [list.signalFor('a'), list.signalFor('b')];
    await writeFile(path, 'a\n');
    await list.refresh();
    assert.deepEqual([revoked.aborted, other.aborted, list.check('a')], [true, false, 'revoked']);
    assert.equal(list.signalFor('a').aborted, true);
  });

  test('frees a token only when the file has settled', async () => {
    const { path, time, list } = await world('a\n');
    using _ = list;
    await writeFile(path, '');
    await list.refresh();
    await list.refresh();
    assert.equal(list.check('a'), 'revoked');
    time.nowMs = 1000;
    await list.refresh();
    assert.equal(list.check('a'), 'not-revoked');
  });

  test('uses the last good list for five seconds and then cannot tell', async () => {
    const { path, time, list } = await world('a\n');
    using _ = list;
    await rm(path);
    time.nowMs = 5000;
    await list.refresh();
    assert.deepEqual([list.check('a'), list.check('c')], ['revoked', 'not-revoked']);
    time.nowMs = 5001;
    assert.deepEqual([list.check('a'), list.check('c')], ['revoked', 'unknown']);
    await writeFile(path, 'b\n');
    await list.refresh();
    assert.deepEqual([list.check('b'), list.check('c')], ['revoked', 'not-revoked']);
  });

  test('keeps the last good list while the file is broken', async () => {
    const { path, time, list } = await world('a\n');
    using _ = list;
    await writeFile(path, '["b",');
    time.nowMs = 3000;
    await list.refresh();
    assert.deepEqual([list.check('a'), list.check('c')], ['revoked', 'not-revoked']);
    time.nowMs = 5001;
    await list.refresh();
    assert.equal(list.check('c'), 'unknown');
  });

  test('follows a file that is replaced by renaming', { timeout: 10_000 }, async () => {
    const path = join(directory, 'followed');
    await writeFile(path, '');
    using list = await RevocationFile.open({ path, clock: systemClock, pollMs: 50 });
    const signal = list.signalFor('a');
    const ended = once(signal, 'abort');
    await writeFile(`${path}.new`, 'a\n');
    await rename(`${path}.new`, path);
    // The timer alone does not keep the process alive; this one does until the signal has come.
    const waiting = setInterval(() => undefined, 1000);
    await ended.finally(() => clearInterval(waiting));
    assert.equal(list.check('a'), 'revoked');
  });
});
