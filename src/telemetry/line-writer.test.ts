import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { createLineWriter } from './line-writer.ts';

const directory = mkdtempSync(join(tmpdir(), 'line-writer-'));
after(() => rmSync(directory, { recursive: true }));

/** A writer to a file of its own, and what the file holds. */
function setup(name: string, maxWaitingBytes = 1000) {
  const path = join(directory, name);
  const fd = openSync(path, 'w');
  const text = (): string => readFileSync(path, 'utf8');
  const backlog: boolean[] = [];
  return {
    lines: createLineWriter({ fd, maxWaitingBytes, onBacklog: (waits) => void backlog.push(waits) }),
    text,
    /** What was said of lines that wait. */
    backlog,
    async until(wanted: string) {
      while (text() !== wanted) await new Promise(setImmediate);
    },
    [Symbol.dispose]: () => closeSync(fd),
  };
}

suite('createLineWriter()', () => {
  test('writes lines in their order', async () => {
    using file = setup('order');
    const lines = Array.from({ length: 50 }, (_, index) => `line ${index} ü\n`);
    for (const line of lines) file.lines.write(line);
    await file.until(lines.join(''));
  });

  test('drops lines while too many wait', async () => {
    using file = setup('many', 10);
    for (const line of ['first\n', 'second\n', 'third\n', '4th\n']) file.lines.write(line);
    await file.until('first\nsecond\n');
    file.lines.write('later\n');
    await file.until('first\nsecond\nlater\n');
  });

  test('writes what waits when the process ends', async () => {
    using file = setup('end');
    for (const line of ['first\n', 'second\n', 'third\n']) file.lines.write(line);
    file.lines.flushAtExit(1000);
    assert.match(file.text(), /second\nthird\n/);
    while (!file.text().includes('first\n')) await new Promise(setImmediate);
  });

  test('says when lines begin to wait, and when none does any more', async () => {
    using file = setup('backlog');
    file.lines.write('first\n');
    assert.deepEqual(file.backlog, []);
    file.lines.write('second\n');
    file.lines.write('third\n');
    assert.deepEqual(file.backlog, [true]);
    await file.until('first\nsecond\nthird\n');
    assert.deepEqual(file.backlog, [true, false]);
  });

  test('says that none waits when they were written at the end of the process', () => {
    using file = setup('backlog-end');
    for (const line of ['first\n', 'second\n']) file.lines.write(line);
    file.lines.flushAtExit(1000);
    assert.deepEqual(file.backlog, [true, false]);
  });

  test('neither throws nor waits when nobody can read', async () => {
    const path = join(directory, 'closed');
    closeSync(openSync(path, 'w'));
    const fd = openSync(path, 'r');
    const lines = createLineWriter({ fd, maxWaitingBytes: 1000 });
    lines.write('first\n');
    lines.write('second\n');
    lines.flushAtExit(60_000);
    lines.write('third\n');
    lines.flushAtExit(60_000);
    closeSync(fd);
    assert.equal(readFileSync(path, 'utf8'), '');
  });
});
