import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { newNoteKey, noteSigner, noteVerifier } from '../checkpoint/signed-note.ts';
import { sequenceText } from '../record-text.ts';
import { segmentName, sortSegments } from '../segment-name.ts';
import { CHECKPOINT_FILE } from '../signer/log-signer.ts';
import { printFinding } from './finding.ts';
import { rewriteRecords, type SignedLog, signedLog } from './signed-log.fixture.ts';
import { type VerifyReport, verifyLog } from './verify-log.ts';

const COUNT = 700;

/** What is found in a log whose files were changed; `outside`: the last checkpoint is shown too. */
async function found(log: SignedLog, outside?: string): Promise<[findings: readonly string[], report: VerifyReport]> {
  const { directory, verifier } = log;
  const report = await verifyLog({ directory, verifier, ...(outside === undefined ? {} : { outside }) });
  return [report.findings.map(printFinding), report];
}

function segmentsOf({ directory }: SignedLog): readonly string[] {
  return sortSegments(readdirSync(directory));
}

/** Gives a record another number, as whoever takes one out would. */
function renumber(text: string, number: number): string {
  return text.replace(/"sequence":"\d{16}"(?=,"source")/, `"sequence":"${sequenceText(number)}"`);
}

/** A log of 700 records with a hole, whose numbers were closed up. */
function withoutRecord(number: number): (records: readonly string[]) => readonly string[] {
  return (records) => records.toSpliced(number - 1, 1).map((text, index) => renumber(text, index + 1));
}

suite('verifyLog()', () => {
  let log: SignedLog;
  let early: SignedLog;
  before(async () => {
    log = await signedLog(500);
    early = log.copy();
    log = await log.grow(COUNT - 500);
  });
  after(() => {
    log[Symbol.dispose]();
    early[Symbol.dispose]();
  });

  test('finds nothing in what was signed, and says up to where it is proven', async () => {
    const [findings, report] = await found(log, log.checkpoint);
    assert.deepEqual(findings, []);
    assert.deepEqual([report.records, report.last, report.provenThrough], [COUNT, COUNT, COUNT]);
    assert.deepEqual([report.signed, report.outside, report.endsTorn], [COUNT, COUNT, false]);
  });

  test('finds nothing in a log that has grown since the checkpoint outside', async () => {
    const [findings, { outside, provenThrough }] = await found(log, early.checkpoint);
    assert.deepEqual([findings, outside, provenThrough], [[], 500, COUNT]);
  });

  test('names the record in which a bit was flipped', async () => {
    using spoilt = log.copy();
    const [first = ''] = segmentsOf(spoilt);
    const path = join(spoilt.directory, first);
    const bytes = readFileSync(path);
    const second = 8 + bytes.readUInt32BE(0);
    bytes.writeUInt8(bytes.readUInt8(second + 100) ^ 4, second + 100);
    writeFileSync(path, bytes);
    const [findings, { provenThrough }] = await found(spoilt);
    assert.deepEqual(findings, [`${first}: byte ${second}: record 2 is damaged`]);
    assert.equal(provenThrough, 1);
  });

  test('names a record that was changed together with its checksum', async () => {
    using spoilt = log.copy();
    rewriteRecords(spoilt.directory, (records) =>
      records.with(299, (records[299] ?? '').replace('files.read', 'files.rEad')),
    );
    const [findings, { provenThrough }] = await found(spoilt);
    assert.deepEqual(findings, ['segment-0000000000000001.log: record 300 is not the one that was signed']);
    assert.equal(provenThrough, 299);
  });

  test('comes to an end whatever number a record says it has, or the mark of the archive', async () => {
    using spoilt = log.copy();
    const far = Number.MAX_SAFE_INTEGER - 1;
    rewriteRecords(spoilt.directory, (records) => [...records, renumber(records[0] ?? '', far)]);
    const [findings, { provenThrough }] = await found(spoilt);
    assert.deepEqual([findings, provenThrough], [[`records ${COUNT + 1} to ${far - 1} are missing`], COUNT]);
    const [first = ''] = segmentsOf(spoilt);
    rewriteRecords(spoilt.directory, (records) => records.slice(-1));
    renameSync(join(spoilt.directory, first), join(spoilt.directory, segmentName(far)));
    const mark = { apiVersion: 'sallyport/v1', kind: 'ArchivedMark', through: far, root: `${'A'.repeat(43)}=` };
    const said = { ...mark, manifest: 'manifest', manifest_sha256: '0'.repeat(64) };
    writeFileSync(join(spoilt.directory, 'archived.json'), JSON.stringify(said));
    assert.deepEqual((await found(spoilt))[0], [`records ${COUNT + 1} to ${far - 1} are missing`]);
  });

  test('names a record that was removed', async () => {
    using spoilt = log.copy();
    rewriteRecords(spoilt.directory, (records) => records.toSpliced(299, 1));
    assert.deepEqual((await found(spoilt))[0], ['record 300 is missing']);
  });

  test('names a record that was removed when the numbers behind it were closed up', async () => {
    using spoilt = log.copy();
    rewriteRecords(spoilt.directory, withoutRecord(300));
    const [findings, { provenThrough }] = await found(spoilt);
    assert.deepEqual(findings, [
      `the log is cut: record ${COUNT} is missing, which the checkpoint here has signed`,
      `records 300 to ${COUNT - 1} are signed as 301 to ${COUNT}`,
    ]);
    assert.equal(provenThrough, 299);
  });

  test('names two records that were swapped', async () => {
    using spoilt = log.copy();
    const [a, b] = [9, 12];
    rewriteRecords(spoilt.directory, (records) => records.with(a, records[b] ?? '').with(b, records[a] ?? ''));
    const segment = 'segment-0000000000000001.log';
    assert.deepEqual((await found(spoilt))[0], [
      `${segment}: record 11 stands behind record 13`,
      `${segment}: record 12 stands behind record 13`,
      `${segment}: record 10 stands behind record 13`,
    ]);
  });

  test('names two records that were swapped together with their numbers', async () => {
    using spoilt = log.copy();
    rewriteRecords(spoilt.directory, (records) =>
      records.with(9, renumber(records[12] ?? '', 10)).with(12, renumber(records[9] ?? '', 13)),
    );
    assert.deepEqual((await found(spoilt))[0], ['record 10 is signed as 13', 'record 13 is signed as 10']);
  });

  test('names a record that is there twice', async () => {
    using spoilt = log.copy();
    rewriteRecords(spoilt.directory, (records) => records.toSpliced(10, 0, records[9] ?? ''));
    assert.deepEqual((await found(spoilt))[0], ['segment-0000000000000001.log: record 10 is there more than once']);
  });

  test('says that a tail was cut, by the checkpoint that was left', async () => {
    using spoilt = log.copy();
    rewriteRecords(spoilt.directory, (records) => records.slice(0, 600));
    const [findings, { provenThrough }] = await found(spoilt);
    const cut = `the log is cut: records 601 to ${COUNT} are missing, which the checkpoint here has signed`;
    assert.deepEqual(findings, [cut]);
    assert.equal(provenThrough, 600);
  });

  test('says that a record at the end is damaged', async () => {
    using spoilt = log.copy();
    const last = segmentsOf(spoilt).at(-1) ?? '';
    truncateSync(join(spoilt.directory, last), readFileSync(join(spoilt.directory, last)).length - 10);
    const [findings] = await found(spoilt);
    assert.equal(findings.length, 2);
    assert.match(findings[0] ?? '', new RegExp(`^${last}: byte \\d+: record ${COUNT} is damaged$`));
  });

  test('sees only from outside that a log was taken back to how it was before', async () => {
    const [alone, report] = await found(early);
    assert.deepEqual(alone, []);
    assert.equal(report.provenThrough, 500);
    assert.deepEqual((await found(early, log.checkpoint))[0], [
      `the checkpoint here is an old one: of 500 records, while ${COUNT} were signed`,
      `the log is cut: records 501 to ${COUNT} are missing, which the checkpoint from outside has signed`,
    ]);
  });

  test('sees only from outside that an old checkpoint is shown beside the whole log', async () => {
    using spoilt = log.copy();
    cpSync(join(early.directory, CHECKPOINT_FILE), join(spoilt.directory, CHECKPOINT_FILE));
    const [alone, { provenThrough, last }] = await found(spoilt);
    assert.deepEqual([alone, provenThrough, last], [[], 500, COUNT]);
    assert.deepEqual((await found(spoilt, log.checkpoint))[0], [
      `the checkpoint here is an old one: of 500 records, while ${COUNT} were signed`,
    ]);
  });

  test('sees that a log was written anew and signed by somebody else', async () => {
    using forged = await signedLog(COUNT);
    const { directory } = forged;
    const report = await verifyLog({ directory, verifier: log.verifier, outside: log.checkpoint });
    const [first = '', ...others] = report.findings.map(printFinding);
    assert.match(first, /^the checkpoint here cannot be believed: it is not signed by sallyport\/test\//);
    assert.ok(others.includes(`the checkpoint from outside of ${COUNT} records is of another history than these`));
    assert.equal(report.provenThrough, 0);
  });

  test('does not take the word of tiles against records that were signed', async () => {
    using spoilt = log.copy();
    const path = join(spoilt.directory, 'tile/0/000');
    const bytes = readFileSync(path);
    bytes.writeUInt8(bytes.readUInt8(33) ^ 1, 33);
    writeFileSync(path, bytes);
    const [findings, { provenThrough }] = await found(spoilt);
    assert.deepEqual(findings, [
      'the tile with the hash of record 2 was changed; the record is the one that was signed',
    ]);
    assert.equal(provenThrough, COUNT);
  });

  test('needs no tiles where the records are those that were signed', async () => {
    using spoilt = log.copy();
    rmSync(join(spoilt.directory, 'tile'), { recursive: true });
    const [findings, { provenThrough }] = await found(spoilt);
    assert.deepEqual([findings, provenThrough], [[], COUNT]);
  });

  test('says that neither records nor tiles are what was signed', async () => {
    using spoilt = log.copy();
    rmSync(join(spoilt.directory, 'tile'), { recursive: true });
    rewriteRecords(spoilt.directory, (records) => records.with(0, (records[0] ?? '').replace('alice', 'mallory')));
    const other = `the checkpoint here of ${COUNT} records is of another history than these`;
    assert.deepEqual((await found(spoilt))[0], [other]);
  });

  test('proves nothing without a checkpoint', async () => {
    using spoilt = log.copy();
    rmSync(join(spoilt.directory, CHECKPOINT_FILE));
    const [findings, { provenThrough, signed }] = await found(spoilt);
    assert.deepEqual([findings, provenThrough, signed], [[], 0, 0]);
  });

  test('believes no checkpoint of another key of the same name', async () => {
    const { directory, verifier } = log;
    const other = noteVerifier(noteSigner(newNoteKey(verifier.name)).verifierKey);
    const report = await verifyLog({ directory, verifier: other });
    assert.deepEqual(
      report.findings.map(({ kind }) => kind),
      ['bad-checkpoint'],
    );
  });
});
