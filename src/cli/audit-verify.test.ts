import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { checkpointFileName } from '../audit/checkpoint/checkpoint-file-name.ts';
import { leafHash } from '../audit/tree/hash-tree.ts';
import { rewriteRecords, type SignedLog, signedLog } from '../audit/verify/signed-log.fixture.ts';
import { CHECKPOINT_FILE } from '../audit/signer/log-signer.ts';
import { prove } from './audit/prove.ts';
import { exportRecords, search } from './audit/search.ts';
import { verify } from './audit/verify.ts';
import { CommandError } from './command-error.ts';
import { scratchDirectory } from './command-io.fixture.ts';
import type { CommandIo } from './command-io.ts';

const COUNT = 300;

function listeningIo(): CommandIo & { readonly out: string[]; readonly err: string[] } {
  const out: string[] = [];
  const err: string[] = [];
  return { out, err, print: (line) => void out.push(line), complain: (line) => void err.push(line), env: {} };
}

suite('sallyport audit verify | prove | search | export', () => {
  let log: SignedLog;
  before(async () => {
    log = await signedLog(COUNT);
  });
  after(() => log[Symbol.dispose]());
  const where = ({ directory, verifier }: SignedLog = log) => ({ config: '', directory, key: verifier.verifierKey });

  test('verify says up to where a log is complete, and that later is unknown without a checkpoint from outside', async () => {
    const io = listeningIo();
    assert.equal(await verify(where(), io), 0);
    assert.deepEqual(io.err, []);
    assert.equal(io.out[0], `log of ${log.verifier.name}: ${COUNT} records, the last is ${COUNT}`);
    assert.match(io.out[1] ?? '', new RegExp(`^complete up to ${COUNT}; later unknown`));
  });

  test('verify takes the checkpoint from outside from a file or from the directory it is in', async (context) => {
    const folder = scratchDirectory(context);
    const file = join(folder, checkpointFileName(log.verifier.name));
    writeFileSync(file, log.checkpoint);
    for (const checkpoint of [file, folder]) {
      const io = listeningIo();
      assert.equal(await verify({ ...where(), checkpoint }, io), 0);
      assert.equal(io.out[1], `complete up to ${COUNT}; the checkpoint from outside has ${COUNT}`);
    }
  });

  test('verify cannot tell of records without any checkpoint, and ends with 2', async () => {
    using spoilt = log.copy();
    rmSync(join(spoilt.directory, CHECKPOINT_FILE));
    const io = listeningIo();
    assert.equal(await verify(where(spoilt), io), 2);
    assert.match(io.err.join(), /nothing of the record is signed/);
  });

  test('verify names what is wrong and ends with 1', async () => {
    using spoilt = log.copy();
    rewriteRecords(spoilt.directory, (records) => records.toSpliced(99, 1));
    const io = listeningIo();
    assert.equal(await verify(where(spoilt), io), 1);
    assert.deepEqual(io.err, ['record 100 is missing.']);
    assert.equal(io.out[1], 'complete up to 99');
  });

  test('verify --json says the same for programs', async () => {
    using spoilt = log.copy();
    rewriteRecords(spoilt.directory, (records) => records.toSpliced(99, 1));
    const io = listeningIo();
    assert.equal(await verify({ ...where(spoilt), json: true }, io), 1);
    const { findings, provenThrough } = JSON.parse(io.out.join('\n'));
    assert.deepEqual([findings, provenThrough], [[{ kind: 'missing', from: 100, to: 100 }], 99]);
  });

  test('verify takes the key from a file, and does not take what is none', async (context) => {
    const key = join(scratchDirectory(context), 'key.pub');
    writeFileSync(key, `${log.verifier.verifierKey}\n`);
    assert.equal(await verify({ ...where(), key }, listeningIo()), 0);
    await assert.rejects(verify({ ...where(), key: 'nobody' }, listeningIo()), CommandError);
    const nowhere = { ...where(), checkpoint: '/nowhere' };
    await assert.rejects(verify(nowhere, listeningIo()), /--checkpoint \/nowhere is not there/);
  });

  test('prove makes what verify --proof believes, without the log', async (context) => {
    const io = listeningIo();
    assert.equal(await prove('d7', where(), io), 0);
    const proof = join(scratchDirectory(context), 'd7.tlog-proof');
    writeFileSync(proof, `${io.out.join('\n')}\n`);
    const answer = listeningIo();
    const { key } = where();
    assert.equal(await verify({ config: '', key, proof }, answer), 0);
    assert.match(answer.out[0] ?? '', /"id":"d7\/intent"/);
    assert.deepEqual(answer.err, [`record 8 of ${COUNT} in the log of ${log.verifier.name}.`]);
    writeFileSync(proof, readFileSync(proof, 'utf8').replace('index 7', 'index 8'));
    assert.equal(await verify({ config: '', key, proof }, listeningIo()), 1);
    writeFileSync(proof, 'x');
    assert.equal(await verify({ config: '', key, proof }, listeningIo()), 1);
  });

  test('prove finds a record by its number, and says so when there is none', async () => {
    const io = listeningIo();
    assert.equal(await prove(undefined, { ...where(), number: String(COUNT) }, io), 0);
    assert.match(io.out[0] ?? '', new RegExp(`\nindex ${COUNT - 1}\n`));
    assert.equal(await prove('nobody', where(), listeningIo()), 1);
    await assert.rejects(prove(undefined, where(), listeningIo()), CommandError);
  });

  test('prove --since shows that a log only grew', async (context) => {
    using twin = log.copy();
    const grown = await twin.grow(10);
    const file = join(scratchDirectory(context), 'old');
    writeFileSync(file, log.checkpoint);
    const io = listeningIo();
    assert.equal(await prove(undefined, { ...where(grown), since: file }, io), 0);
    assert.ok(io.out.length > 0 && io.out.every((line) => /^[A-Za-z0-9+/]{43}=$/.test(line)));
  });

  test('prove says no when the log does not begin with what the checkpoint shows, also with as many records', async (context) => {
    const file = join(scratchDirectory(context), 'other');
    using ours = log.copy();
    using theirs = log.copy();
    writeFileSync(file, (await theirs.grow(10)).checkpoint);
    for (const count of [10, 5]) {
      const grown = await ours.grow(count);
      const io = listeningIo();
      assert.equal(await prove(undefined, { ...where(grown), since: file }, io), 1);
      assert.deepEqual(io.out, []);
      assert.match(io.err.join(), /does not begin with the records of that checkpoint/);
    }
    writeFileSync(file, 'x');
    await assert.rejects(prove(undefined, { ...where(), since: file }, listeningIo()), CommandError);
  });

  test('prove makes no proof of a record that is not the one that was signed', async () => {
    using spoilt = log.copy();
    rewriteRecords(spoilt.directory, (records) =>
      records.with(7, (records[7] ?? '').replace('read_file', 'edit_file')),
    );
    const io = listeningIo();
    assert.equal(await prove('d7', where(spoilt), io), 1);
    assert.deepEqual(io.out, []);
  });

  test('search shows what fits all that was asked, and ends with 1 when nothing does', async () => {
    const flags = { ...where(), limit: '1000' };
    const count = async (more: object): Promise<number> => {
      const io = listeningIo();
      await search({ ...flags, ...more }, io, Date.now());
      return io.out.length;
    };
    assert.equal(await count({}), COUNT);
    assert.equal(await count({ server: 'files', tool: 'read_file', caller: 'alice', rule: 'files.read' }), COUNT);
    assert.equal(await count({ kind: 'intent', since: '1h', until: '2099-01-01T00:00:00Z' }), COUNT);
    assert.equal(await count({ limit: '3' }), 3);
    for (const none of [{ kind: 'refusal' }, { tool: 'other' }, { caller: 'mallory' }, { until: '1d' }])
      assert.equal(await count(none), 0);
    assert.equal(await search({ ...flags, kind: 'gap' }, listeningIo(), 0), 1);
    for (const wrong of [{ since: 'yesterday' }, { kind: 'x' }, { limit: '0' }])
      await assert.rejects(search({ ...flags, ...wrong }, listeningIo(), 0), CommandError);
  });

  test('export writes what is stored byte for byte, to a file of its own', async (context) => {
    const folder = scratchDirectory(context);
    mkdirSync(join(folder, 'out'));
    const out = join(folder, 'out/records.jsonl');
    const io = listeningIo();
    assert.equal(await exportRecords({ ...where(), out }, io, Date.now()), 0);
    assert.deepEqual(io.out, [`${COUNT} records written to ${out}`]);
    const [first = ''] = readFileSync(out, 'utf8').split('\n');
    const tile = readFileSync(join(log.directory, 'tile/0/000'));
    assert.deepEqual(leafHash(Buffer.from(first)), tile.subarray(0, 32));
    await assert.rejects(exportRecords({ ...where(), out }, listeningIo(), 0), CommandError);
    rmSync(out);
  });
});
