import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, suite, test } from 'node:test';
import { FileSink } from './file-sink.ts';

suite('FileSink', () => {
  let folder = '';
  let path = '';
  const at = Date.UTC(2026, 10, 25, 8);
  const sinkOf = (rotateBytes = 1024): FileSink => new FileSink({ path, rotateBytes, nowMs: () => at });
  const record = (sequence: number, length = 10) => ({ sequence, text: `${sequence}`.padEnd(length, '.') });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport-file-sink-'));
    path = join(folder, 'out/record.ndjson');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('appends a line a record, in a file that is made with its directory', async () => {
    await using sink = sinkOf();
    await sink.deliver([record(1), record(2)]);
    await sink.deliver([record(3)]);
    assert.equal(readFileSync(path, 'utf8'), '1.........\n2.........\n3.........\n');
    assert.equal(statSync(path).mode & 0o137, 0);
  });

  test('cuts off a line that was not finished before it goes on', async () => {
    await using first = sinkOf();
    await first.deliver([record(1)]);
    appendFileSync(path, `2${'.'.repeat(100_000)}`);
    await using second = sinkOf(1024 * 1024);
    await second.deliver([record(2)]);
    assert.equal(readFileSync(path, 'utf8'), '1.........\n2.........\n');
  });

  test('begins a new file before one would outgrow, also behind a restart', async () => {
    await using first = sinkOf();
    await first.deliver([record(1, 600)]);
    await using second = sinkOf();
    await second.deliver([record(2, 600)]);
    assert.deepEqual(readdirSync(join(folder, 'out')).toSorted(), [
      'record.ndjson',
      'record.ndjson.20261125T080000Z-2',
    ]);
    assert.match(readFileSync(`${path}.20261125T080000Z-2`, 'utf8'), /^1\.+\n$/);
    assert.match(readFileSync(path, 'utf8'), /^2\.+\n$/);
  });

  test('takes records that are longer than a file may be', async () => {
    await using sink = sinkOf();
    await sink.deliver([record(1, 5000)]);
    await sink.deliver([record(2)]);
    assert.equal(readdirSync(join(folder, 'out')).length, 2);
  });

  test('says when it cannot, and goes on when it can', async () => {
    await using sink = sinkOf();
    rmSync(folder, { recursive: true });
    appendFileSync(folder, '');
    await assert.rejects(sink.deliver([record(1)]), { code: 'ENOTDIR' });
    rmSync(folder);
    await sink.deliver([record(1)]);
    assert.equal(readFileSync(path, 'utf8'), '1.........\n');
  });
});
