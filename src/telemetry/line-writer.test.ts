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
  return {
    lines: createLineWriter({ fd, maxWaitingBytes }),
    text,
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
