import assert from 'node:assert/strict';
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { CheckpointKeyError } from '../checkpoint/checkpoint-key.ts';
import { LogDamagedError } from '../open-log.ts';
import { sortSegments } from '../segment-name.ts';
import { printFinding } from '../verify/finding.ts';
import { rewriteRecords, type SignedLog, signedLog } from '../verify/signed-log.fixture.ts';
import { verifyLog } from '../verify/verify-log.ts';
import { openSigner } from './open-signer.ts';

const COUNT = 300;

async function reopened({ directory }: SignedLog, onDamage: 'refuse' | 'set_aside' = 'refuse') {
  const keyPath = join(directory, '../key');
  const { signer, opened } = await openSigner({ directory, keyPath, onDamage, originHint: 'test' });
  await signer.close(opened.nextSequence - 1);
  return opened;
}

async function findingsOf({ directory, verifier, checkpoint }: SignedLog): Promise<readonly string[]> {
  const { findings } = await verifyLog({ directory, verifier, outside: checkpoint });
  return findings.map(printFinding);
}

suite('openSigner()', () => {
  test('goes on with the log and the tree, also when a tile is full', async () => {
    for (const count of [1, 255, 256, 257]) {
      using log = await signedLog(count);
      const grown = await log.grow(260);
      assert.equal((await reopened(grown)).nextSequence, count + 261);
      assert.deepEqual(await findingsOf(grown), []);
      assert.deepEqual(await findingsOf({ ...grown, verifier: grown.verifier, checkpoint: log.checkpoint }), []);
    }
  });

  test('makes a tree anew that is not there, as for a log from before there was one', async () => {
    using log = await signedLog(COUNT);
    rmSync(join(log.directory, 'tile'), { recursive: true });
    rmSync(join(log.directory, 'checkpoint'));
    assert.equal((await reopened(log)).nextSequence, COUNT + 1);
    assert.deepEqual(await findingsOf(log), []);
  });

  test('makes a tree anew whose edge was lost, and the same one', async () => {
    using log = await signedLog(COUNT);
    writeFileSync(join(log.directory, 'tile/0/001.p/44'), 'torn');
    assert.equal((await reopened(log)).nextSequence, COUNT + 1);
    assert.deepEqual(await findingsOf(log), []);
  });

  test('does not sign a log that is shorter than what was signed', async () => {
    using log = await signedLog(COUNT);
    rewriteRecords(log.directory, (records) => records.slice(0, 200));
    await assert.rejects(reopened(log), (error: Error) => {
      assert.ok(error instanceof LogDamagedError);
      return /100 records behind number 200 were signed/.test(error.message);
    });
  });

  test('goes on behind what was signed when it is told to, and says what is missing for ever', async () => {
    using log = await signedLog(COUNT);
    rewriteRecords(log.directory, (records) => records.slice(0, 200));
    const { nextSequence, recovery } = await reopened(log, 'set_aside');
    assert.equal(nextSequence, COUNT + 1);
    assert.deepEqual(recovery, {
      bytes: 0,
      did: 'set_aside',
      found: 'missing',
      offset: 200,
      records: 100,
      segment: '',
    });
  });

  test('does not sign records that are not those that were signed', async () => {
    using log = await signedLog(COUNT);
    rmSync(join(log.directory, 'tile'), { recursive: true });
    rewriteRecords(log.directory, (records) => records.with(5, (records[5] ?? '').replace('alice', 'mallory')));
    await assert.rejects(reopened(log), /the first 300 records are not those that were signed/);
    await assert.rejects(reopened(log, 'set_aside'), LogDamagedError);
  });

  test('sets a damaged segment aside and keeps the tree that was signed', async () => {
    using log = await signedLog(COUNT);
    const last = join(log.directory, sortSegments(readdirSync(log.directory)).at(-1) ?? '');
    const bytes = readFileSync(last);
    bytes.writeUInt8(bytes.readUInt8(50) ^ 1, 50);
    writeFileSync(last, bytes);
    await assert.rejects(reopened(log), LogDamagedError);
    assert.equal((await reopened(log, 'set_aside')).nextSequence, COUNT + 1);
    const [finding = '', ...others] = await findingsOf(log);
    assert.match(finding, /record \d+ is damaged$/);
    assert.deepEqual(others, []);
  });

  test('uses no key that others can read, and none that is no key', async () => {
    using log = await signedLog(1);
    const path = join(log.directory, '../key');
    chmodSync(path, 0o640);
    await assert.rejects(reopened(log), CheckpointKeyError);
    chmodSync(path, 0o600);
    writeFileSync(path, 'x');
    await assert.rejects(reopened(log), CheckpointKeyError);
  });
});
