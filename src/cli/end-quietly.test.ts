import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { suite, test } from 'node:test';
import { endQuietly } from './end-quietly.ts';

suite('endQuietly()', () => {
  test('ends with 0 when nobody reads on', () => {
    const stream = new PassThrough();
    const codes: number[] = [];
    endQuietly(stream, (code) => codes.push(code));
    stream.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    assert.deepEqual(codes, [0]);
  });

  test('hides no other error', () => {
    const stream = new PassThrough();
    endQuietly(stream, () => {});
    assert.throws(() => stream.emit('error', new Error('disk full')), /disk full/);
  });

  test('is what the program does', async () => {
    const program = join(import.meta.dirname, 'main.ts');
    const child = spawn(process.execPath, [program, '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    const complaints = child.stderr.toArray();
    const [code] = await once(child, 'exit');
    assert.deepEqual([code, Buffer.concat(await complaints).toString()], [0, '']);
  });
});
