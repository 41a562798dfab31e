import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, suite, test } from 'node:test';
import fc from 'fast-check';
import { frameBound, writeFrame } from './framing.ts';
import { LogDamagedError, openLog } from './open-log.ts';
import { numbered, recordText } from './record-text.ts';
import { segmentName } from './segment-name.ts';

function frames(first: number, count: number): Buffer {
  const all = Array.from({ length: count }, (_, index) => {
    const payload = numbered(recordText({ kind: 'outcome', id: 'x', source: 's', timeMs: 0 }, '{}'), first + index);
    const buffer = Buffer.alloc(frameBound(payload.length));
    return buffer.subarray(0, writeFrame(buffer, 0, payload));
  });
  return Buffer.concat(all);
}

suite('openLog()', () => {
  let directory = '';
  const put = (first: number, bytes: Uint8Array): void =>
    writeFileSync(join(directory, segmentName(first)), bytes, { mode: 0o600 });

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'sallyport-log-'));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  test('begins at 1 in a new directory that only its owner can enter', async () => {
    const path = join(directory, 'state', 'audit');
    assert.deepEqual(await openLog(path, 'refuse'), { nextSequence: 1, recovery: undefined });
    assert.equal(statSync(path).mode & 0o777, 0o700);
  });

  test('closes a directory that others could enter', async () => {
    chmodSync(directory, 0o755);
    await openLog(directory, 'refuse');
    assert.equal(statSync(directory).mode & 0o777, 0o700);
  });

  test('goes on behind the last record of the newest segment', async () => {
    put(1, frames(1, 3));
    put(4, frames(4, 2));
    assert.deepEqual(await openLog(directory, 'refuse'), { nextSequence: 6, recovery: undefined });
  });

  test('cuts a torn last record wherever it is torn, keeps the tail and reports it', async () => {
    const whole = frames(1, 3);
    const twoRecords = frames(1, 2).length;
    const oneByte = fc.integer({ min: twoRecords + 1, max: whole.length - 1 });
    await fc.assert(
      fc.asyncProperty(oneByte, async (length) => {
        rmSync(directory, { recursive: true });
        await openLog(directory, 'refuse');
        put(1, whole.subarray(0, length));
        const { nextSequence, recovery } = await openLog(directory, 'refuse');
        assert.equal(nextSequence, 3);
        const torn = { bytes: length - twoRecords, did: 'cut', found: 'torn', offset: twoRecords };
        assert.deepEqual(recovery, { ...torn, segment: segmentName(1) });
        assert.deepEqual(readFileSync(join(directory, segmentName(1))), whole.subarray(0, twoRecords));
        const kept = readFileSync(join(directory, `${segmentName(1)}.torn-at-${twoRecords}`));
        assert.deepEqual(kept, whole.subarray(twoRecords, length));
        assert.deepEqual(await openLog(directory, 'refuse'), { nextSequence: 3, recovery: undefined });
      }),
      { numRuns: 30 },
    );
  });

  test('cuts a tail of zeros, which a power loss can leave', async () => {
    put(1, Buffer.concat([frames(1, 2), Buffer.alloc(4096)]));
    const { nextSequence, recovery } = await openLog(directory, 'refuse');
    assert.equal(nextSequence, 3);
    assert.equal(recovery?.found, 'torn');
  });

  test('removes a segment that holds nothing but a torn record, and uses its number', async () => {
    put(1, frames(1, 2));
    put(3, frames(3, 1).subarray(0, 20));
    assert.equal((await openLog(directory, 'refuse')).nextSequence, 3);
    assert.deepEqual(readdirSync(directory).toSorted(), [segmentName(1), `${segmentName(3)}.torn-at-0`]);
  });

  test('removes an empty segment, which a crash before its first write leaves, and uses its number', async () => {
    put(1, frames(1, 2));
    put(3, Buffer.alloc(0));
    assert.deepEqual(await openLog(directory, 'refuse'), { nextSequence: 3, recovery: undefined });
    assert.deepEqual(readdirSync(directory), [segmentName(1)]);
  });

  test('refuses to start on a bit flip before the last record, and changes nothing', async () => {
    const whole = frames(1, 4);
    const lastStart = frames(1, 3).length;
    await fc.assert(
      fc.asyncProperty(fc.nat(lastStart * 8 - 1), async (bit) => {
        const flipped = Buffer.from(whole);
        flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
        put(1, flipped);
        await assert.rejects(openLog(directory, 'refuse'), LogDamagedError);
        assert.deepEqual(readFileSync(join(directory, segmentName(1))), flipped);
      }),
      { numRuns: 50 },
    );
  });

  test('says where the damage is and what can be done', async () => {
    const whole = frames(1, 3);
    whole.writeUInt8(0, frames(1, 1).length + 20);
    put(1, whole);
    await assert.rejects(openLog(directory, 'refuse'), {
      message:
        `${join(directory, segmentName(1))}: damaged at byte ${frames(1, 1).length}, with records behind it. ` +
        'Keep a copy of the directory, then move this segment away, or set audit.on_damage: set_aside to go on in a new segment.',
    });
  });

  test('goes on behind the highest number when damage is to be set aside', async () => {
    const whole = frames(1, 3);
    whole.writeUInt8(0, frames(1, 1).length + 20);
    put(1, whole);
    const { nextSequence, recovery } = await openLog(directory, 'set_aside');
    assert.equal(nextSequence, 4);
    assert.equal(recovery?.did, 'set_aside');
    assert.deepEqual(readFileSync(join(directory, segmentName(1))), whole);
  });
});
