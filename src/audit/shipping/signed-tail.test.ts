import assert from 'node:assert/strict';
import { rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { segmentName } from '../segment-name.ts';
import { textOf, writtenLog } from './shipping.fixture.ts';
import { SignedTail } from './signed-tail.ts';

async function numbers(tail: SignedTail, signed: number): Promise<readonly number[]> {
  return (await tail.read(signed)).records.map(({ sequence }) => sequence);
}

suite('SignedTail', () => {
  test('gives what is signed and no more, over segments', async () => {
    using log = writtenLog();
    log.append(1, 1, 2, 3);
    log.append(4, 4, 5);
    const tail = new SignedTail(log.directory, 0);
    assert.deepEqual(await numbers(tail, 0), []);
    assert.deepEqual(await numbers(tail, 2), [1, 2]);
    assert.deepEqual(await numbers(tail, 4), [3, 4]);
    assert.deepEqual(await numbers(tail, 4), []);
    log.append(4, 6);
    assert.deepEqual((await tail.read(6)).records, [
      { sequence: 5, text: textOf(5) },
      { sequence: 6, text: textOf(6) },
    ]);
  });

  test('begins behind the record that it is told of, in the middle of a segment', async () => {
    using log = writtenLog();
    log.append(1, 1, 2);
    log.append(3, 3, 4, 5);
    assert.deepEqual(await numbers(new SignedTail(log.directory, 3), 5), [4, 5]);
  });

  test('gives what was written in the place of what was cut off behind the signed ones', async () => {
    using log = writtenLog();
    log.append(1, 1);
    const end = textOf(1).length + 8;
    log.append(1, 2);
    const tail = new SignedTail(log.directory, 0);
    assert.deepEqual(await numbers(tail, 1), [1]);
    truncateSync(join(log.directory, segmentName(1)), end);
    log.append(1, 2, 3);
    assert.deepEqual(await numbers(tail, 3), [2, 3]);
  });

  test('counts what is not there any more', async () => {
    using log = writtenLog();
    log.append(1, 1, 2);
    log.append(3, 3);
    rmSync(join(log.directory, segmentName(1)));
    const { records, missing } = await new SignedTail(log.directory, 0).read(3);
    assert.deepEqual([records.map(({ sequence }) => sequence), missing], [[3], 2]);
  });

  test('steps over damage and counts it', async () => {
    using log = writtenLog();
    log.append(1, 1);
    log.spoil(1, Buffer.from('no record at all'));
    log.append(1, 4);
    log.spoil(1, Buffer.from('and a torn end'));
    log.append(5, 5);
    const { records, missing } = await new SignedTail(log.directory, 0).read(5);
    assert.deepEqual([records.map(({ sequence }) => sequence), missing], [[1, 4, 5], 2]);
  });

  test('gives a bounded number at once', async () => {
    using log = writtenLog();
    log.append(1, ...Array.from({ length: 1200 }, (_, index) => index + 1));
    const tail = new SignedTail(log.directory, 0);
    const lengths = [];
    for (let at = 0; at < 4; at++) lengths.push((await tail.read(1200)).records.length);
    assert.deepEqual(lengths, [500, 500, 200, 0]);
  });

  test('gives every record once and in order, wherever segments begin and signing stops', async () => {
    const steps = fc.array(fc.record({ more: fc.nat(5), begins: fc.boolean(), signs: fc.nat(5) }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        using log = writtenLog();
        const tail = new SignedTail(log.directory, 0);
        const got: number[] = [];
        let [segment, written, signed] = [1, 0, 0];
        for (const { more, begins, signs } of all) {
          segment = begins ? written + 1 : segment;
          log.append(segment, ...Array.from({ length: more }, (_, index) => written + index + 1));
          written += more;
          signed = Math.min(written, signed + signs);
          got.push(...(await numbers(tail, signed)));
        }
        assert.deepEqual(
          got,
          Array.from({ length: signed }, (_, index) => index + 1),
        );
      }),
      { numRuns: 50 },
    );
  });
});
