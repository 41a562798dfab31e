import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, suite, test } from 'node:test';
import { openCheckpoint } from '../checkpoint/checkpoint.ts';
import { newNoteKey, noteSigner, noteVerifier } from '../checkpoint/signed-note.ts';
import { frameBound, writeFrame } from '../framing.ts';
import { segmentName } from '../segment-name.ts';
import { leafHash } from '../tree/hash-tree.ts';
import { TreeEdge } from '../tree/tree-edge.ts';
import { LogSigner } from './log-signer.ts';
import { LogChangedError } from './segment-tail.ts';

const key = noteSigner(newNoteKey('sallyport/a/1'));
const verifier = noteVerifier(key.verifierKey);

function frame(text: string): Buffer {
  const buffer = Buffer.alloc(frameBound(text.length));
  return buffer.subarray(0, writeFrame(buffer, 0, text));
}

suite('LogSigner', () => {
  let directory = '';
  let signer: LogSigner;
  const append = (segment: number, ...texts: readonly string[]): void =>
    appendFileSync(join(directory, segmentName(segment)), Buffer.concat(texts.map(frame)));
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'sallyport-signer-'));
    signer = new LogSigner({ directory, edge: new TreeEdge(), signer: key });
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  test('follows records over segments, as far as it is told', async () => {
    append(1, 'a', 'b');
    append(3, 'c', 'd');
    await signer.sync(3);
    assert.equal(openCheckpoint((await signer.checkpoint()) ?? '', verifier).size, 3);
    assert.equal(await signer.checkpoint(), undefined);
    assert.equal(openCheckpoint((await signer.close(4)) ?? '', verifier).size, 4);
  });

  test('signs nothing that was changed behind the back of who wrote it', async () => {
    append(1, 'a', 'b');
    const path = join(directory, segmentName(1));
    const bytes = readFileSync(path);
    bytes.writeUInt8(0x78, bytes.length - 1);
    writeFileSync(path, bytes);
    await assert.rejects(signer.sync(2), LogChangedError);
    await assert.rejects(signer.close(2), LogChangedError);
  });

  test('goes on where it was when a segment could not be opened for a while', async () => {
    append(1, 'a', 'b');
    await assert.rejects(signer.sync(3), { code: 'ENOENT' });
    append(3, 'c');
    await signer.sync(3);
    const note = (await signer.checkpoint()) ?? '';
    const whole = new TreeEdge();
    for (const text of ['a', 'b', 'c']) whole.add(leafHash(Buffer.from(text)));
    assert.deepEqual(openCheckpoint(note, verifier).root, whole.root());
    await signer.close(3);
  });

  test('makes up for a checkpoint that could not be made', async () => {
    const texts = Array.from({ length: 300 }, (_, index) => `record ${index}`);
    append(1, ...texts);
    writeFileSync(join(directory, 'tile'), 'in the way');
    await signer.sync(300);
    await assert.rejects(signer.checkpoint());
    rmSync(join(directory, 'tile'));
    assert.equal(openCheckpoint((await signer.checkpoint()) ?? '', verifier).size, 300);
    assert.equal(readFileSync(join(directory, 'tile/0/000')).length, 8192);
    await signer.close(300);
  });
});
