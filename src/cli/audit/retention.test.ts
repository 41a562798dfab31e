import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test, type TestContext } from 'node:test';
import { manifestAt, manifestNames } from '../../audit/archive/archive-manifest.ts';
import { planRetention, retentionSteps } from '../../audit/archive/plan-retention.ts';
import { runRetention } from '../../audit/archive/run-retention.ts';
import { readCheckpointKey } from '../../audit/checkpoint/checkpoint-key.ts';
import { sortSegments } from '../../audit/segment-name.ts';
import { CHECKPOINT_FILE } from '../../audit/signer/log-signer.ts';
import { type SignedLog, signedLog } from '../../audit/verify/signed-log.fixture.ts';
import { CommandError } from '../command-error.ts';
import { listeningIo, scratchDirectory } from '../command-io.fixture.ts';
import { prove } from './prove.ts';
import { retention, type RetentionFlags } from './retention.ts';
import { verify, type VerifyFlags } from './verify.ts';

const COUNT = 300;
/** All records are older than nothing at this time. */
const LATER_MS = Date.now() + 3_600_000;

interface Ran {
  readonly code: number;
  readonly out: readonly string[];
  readonly err: string;
}

function lines(text: string): readonly string[] {
  return text === '' ? [] : text.split('\n');
}

async function retain(log: SignedLog, archive: string, more: Partial<RetentionFlags> = {}): Promise<Ran> {
  const io = listeningIo();
  const where = { config: '', directory: log.directory, key: log.verifier.verifierKey };
  const code = await retention({ ...where, archive, keep: '0s', ...more }, io, LATER_MS);
  return { code, out: lines(io.said()), err: io.complained() };
}

async function verified(log: SignedLog, more: Partial<VerifyFlags> = {}): Promise<Ran> {
  const io = listeningIo();
  const code = await verify({ config: '', directory: log.directory, key: log.verifier.verifierKey, ...more }, io);
  return { code, out: lines(io.said()), err: io.complained() };
}

function segments(directory: string): readonly string[] {
  return existsSync(directory) ? sortSegments(readdirSync(directory)) : [];
}

/** Number of the last record before the segment that stays. */
function lastArchived(log: SignedLog): number {
  return Number(/\d{16}/.exec(segments(log.directory).at(-1) ?? '')?.[0]) - 1;
}

suite('sallyport audit retention', () => {
  let log: SignedLog;
  before(async () => {
    log = await signedLog(COUNT);
  });

  for (const [what, link] of [
    ['a link to it', symlinkSync],
    ['it by another name', linkSync],
  ] as const) {
    test(`removes no segment of which the archive has only ${what}`, async (context) => {
      using twin = log.copy();
      const grown = await twin.grow(1);
      const archive = join(scratchDirectory(context), 'cold');
      mkdirSync(archive);
      const [first = ''] = segments(grown.directory);
      link(join(grown.directory, first), join(archive, first));
      await assert.rejects(retain(grown, archive), /is no file of its own/);
      assert.ok(statSync(join(grown.directory, first)).isFile());
    });
  }
  after(() => log[Symbol.dispose]());
  const cold = (context: TestContext): string => join(scratchDirectory(context), 'archive');

  test('moves all but the segment that is being written, and says each step', async (context) => {
    using own = log.copy();
    const [archive, moved] = [cold(context), segments(own.directory).slice(0, -1)];
    const { code, out } = await retain(own, archive);
    assert.equal(code, 0);
    assert.deepEqual(segments(archive), moved);
    assert.equal(segments(own.directory).length, 1);
    assert.deepEqual(
      out.map((line) => line.split(' ', 1)[0]),
      [...moved.map(() => 'copy'), 'write', 'note', ...moved.map(() => 'remove')],
    );
    assert.equal(statSync(archive).mode & 0o777, 0o700);
    for (const name of readdirSync(archive)) assert.equal(statSync(join(archive, name)).mode & 0o777, 0o600);
  });

  test('--dry-run says exactly what is then done, and does nothing', async (context) => {
    using own = log.copy();
    const archive = cold(context);
    const dry = await retain(own, archive, { dryRun: true });
    assert.equal(existsSync(archive), false);
    const done = await retain(own, archive);
    assert.deepEqual(
      dry.out,
      done.out.map((line) => `would ${line}`),
    );
  });

  test('leaves what is not older', async (context) => {
    const { code, out } = await retain(log, cold(context), { keep: '90d' });
    assert.equal(code, 0);
    assert.match(out.join(), /^no segment is wholly from before /);
  });

  test('verify says that earlier records are archived, and with the archive holds all to what was signed', async (context) => {
    using own = log.copy();
    const archive = cold(context);
    await retain(own, archive);
    const last = lastArchived(own);
    const alone = await verified(own, { checkpoint: writeNote(context, log) });
    assert.equal(alone.code, 0);
    assert.deepEqual(alone.out.slice(1), [
      `records 1 to ${last} are archived, not missing, and were not looked at; --archive shows them`,
      `complete from ${last + 1} up to ${COUNT}; the checkpoint from outside has ${COUNT}`,
    ]);
    const all = await verified(own, { archive });
    assert.deepEqual([all.code, all.err], [0, '']);
    assert.match(all.out[0] ?? '', new RegExp(`: ${COUNT} records, the last is ${COUNT}$`));
    assert.match(all.out[1] ?? '', new RegExp(`^complete up to ${COUNT};`));
  });

  test('an archive is verified by itself with the public key', async (context) => {
    using own = log.copy();
    const archive = cold(context);
    await retain(own, archive);
    const { code, out } = await verified(own, { directory: archive });
    assert.equal(code, 0);
    assert.match(out[1] ?? '', new RegExp(`^complete up to ${lastArchived(own)};`));
  });

  test('verify names what was changed in or taken out of the archive', async (context) => {
    using own = log.copy();
    const archive = cold(context);
    await retain(own, archive);
    const [first = '', second = ''] = segments(archive);
    const path = join(archive, first);
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.with(200, bytes.readUInt8(200) ^ 1));
    const changed = await verified(own, { archive });
    assert.deepEqual([changed.code, changed.err], [1, `${first}: byte 0: record 1 is damaged.`]);
    writeFileSync(path, bytes);
    rmSync(join(archive, second));
    const taken = await verified(own, { archive });
    assert.equal(taken.code, 1);
    assert.match(taken.err, /^records \d+ to \d+ are missing\.$/);
  });

  test('verify does not believe a manifest that proves nothing', async (context) => {
    using own = log.copy();
    const archive = cold(context);
    await retain(own, archive);
    const [name = ''] = manifestNames(archive);
    const text = readFileSync(join(archive, name), 'utf8');
    const other = JSON.parse(text);
    writeFileSync(
      join(archive, name),
      JSON.stringify({ ...other, tree: { ...other.tree, root: `${'A'.repeat(43)}=` } }),
    );
    const { code, err } = await verified(own, { archive });
    assert.equal(code, 1);
    assert.match(err, /^manifest-.* of the archive: it does not prove that its records are those that were signed\.$/);
  });

  test('verify says that records are missing which no mark says to be archived', async (context) => {
    using own = log.copy();
    await retain(own, cold(context));
    rmSync(join(own.directory, 'archived.json'));
    const { code, err } = await verified(own);
    assert.deepEqual([code, err], [1, `records 1 to ${lastArchived(own)} are missing.`]);
  });

  test('keeps what no checkpoint covers', async (context) => {
    using early = await signedLog(100);
    const note = readFileSync(join(early.directory, CHECKPOINT_FILE));
    const own = await early.grow(200);
    writeFileSync(join(own.directory, CHECKPOINT_FILE), note);
    const archive = cold(context);
    const { code, err } = await retain(own, archive);
    assert.equal(code, 1);
    assert.match(err, /^records from \d+ on stay: no checkpoint covers all of segment-\d+\.log yet\.$/);
    assert.ok(manifestNames(archive).every((name) => manifestAt(archive, name).last <= 100));
  });

  test('keeps what is not what was signed, and all behind it', async (context) => {
    using own = log.copy();
    const [, second = ''] = segments(own.directory);
    const path = join(own.directory, second);
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.with(200, bytes.readUInt8(200) ^ 1));
    const archive = cold(context);
    const { code, err } = await retain(own, archive);
    assert.equal(code, 1);
    assert.match(err, /^records from (\d+) on stay: record \1 is not the one that was signed\.$/);
    assert.equal(segments(archive).length, 1);
  });

  test('keeps everything behind records that are missing', async (context) => {
    using own = log.copy();
    rmSync(join(own.directory, segments(own.directory)[0] ?? ''));
    const { code, err, out } = await retain(own, cold(context));
    assert.equal(code, 1);
    assert.match(err, /^records from \d+ on stay: records 1 to \d+ are missing\.$/);
    assert.deepEqual(out.slice(1), []);
  });

  test('removes nothing when another file is in the archive under the name of a segment', async (context) => {
    using own = log.copy();
    const [archive, names] = [cold(context), segments(own.directory)];
    mkdirSync(archive);
    writeFileSync(join(archive, names[1] ?? ''), 'other');
    await assert.rejects(
      retain(own, archive),
      new CommandError(`${join(archive, names[1] ?? '')} is there already, and is another file.`),
    );
    assert.deepEqual(segments(own.directory), names);
  });

  test('does not archive into the record itself', async () => {
    using own = log.copy();
    await assert.rejects(retain(own, join(own.directory, 'archive')), /must not be in the directory of the record/);
  });

  test('stopped between any two steps it loses nothing, and is ended by doing it again', async (context) => {
    const [{ directory, verifier }, root] = [log, scratchDirectory(context)];
    const plan = await planRetention({ directory, verifier, before: new Date(LATER_MS).toISOString() });
    for (const stopAt of retentionSteps(plan).keys()) {
      using own = log.copy();
      const archive = join(root, `archive-${stopAt}`);
      let step = 0;
      const stop = new Error('stopped');
      const places = { directory: own.directory, archive };
      const onStep = (): void => {
        if (step++ === stopAt) throw stop;
      };
      await assert.rejects(runRetention(plan, places, onStep), stop);
      const { out, err } = await verified(own, { archive });
      assert.deepEqual([err, /: (\d+) records/.exec(out[0] ?? '')?.[1]], ['', String(COUNT)]);
      assert.deepEqual([(await verified(own)).code, (await retain(own, archive)).code], [0, 0]);
      assert.equal(segments(own.directory).length, 1);
      assert.equal((await verified(own, { archive })).code, 0);
    }
  });

  test('goes on where it was, and so does the service', async (context) => {
    using early = await signedLog(150);
    const archive = cold(context);
    await retain(early, archive);
    const own = await early.grow(150);
    assert.equal((await verified(own)).code, 0);
    await retain(own, archive);
    assert.equal(manifestNames(archive).length, 2);
    const { code, out } = await verified(own, { archive, checkpoint: writeNote(context, own) });
    assert.equal(code, 0);
    assert.deepEqual(out[1], 'complete up to 300; the checkpoint from outside has 300');
  });

  test('a record in the archive can be proven', async (context) => {
    using own = log.copy();
    const archive = cold(context);
    await retain(own, archive);
    const where = { config: '', directory: own.directory, key: own.verifier.verifierKey };
    assert.equal(await prove(undefined, { ...where, number: '1' }, listeningIo()), 1);
    const io = listeningIo();
    assert.equal(await prove(undefined, { ...where, number: '1', archive }, io), 0);
    const proof = join(scratchDirectory(context), 'one.tlog-proof');
    writeFileSync(proof, `${io.said()}\n`);
    assert.equal(await verify({ config: '', proof, key: where.key }, listeningIo()), 0);
  });

  test('works beside a service that is writing', async (context) => {
    const root = mkdtempSync(join(tmpdir(), 'sallyport-retained-'));
    context.after(() => rmSync(root, { recursive: true }));
    const [directory, archive] = [join(root, 'record'), join(root, 'archive')];
    const writer = spawn(process.execPath, [WRITER, directory, '4'], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(writer.stdout, 'data');
    writer.stdout.resume();
    const key = readCheckpointKey(`${directory}.key`)?.verifierKey ?? '';
    const flags = { config: '', directory, key, archive, keep: '0s' };
    while (segments(archive).length < 12) await retention(flags, listeningIo(), LATER_MS).catch(stillWithoutCheckpoint);
    const exited = once(writer, 'exit');
    writer.kill('SIGKILL');
    await exited;
    const io = listeningIo();
    assert.equal(await verify({ config: '', directory, key, archive }, io), 0, io.complained());
    assert.match(io.said(), /^log of .*\ncomplete up to \d+/);
  });

  test('--json says what was moved, and why others stay', async (context) => {
    using own = log.copy();
    const { out } = await retain(own, cold(context), { json: true });
    const said = JSON.parse(out.join('\n'));
    assert.deepEqual([said.dry_run, said.tree.size, said.segments[0].first], [false, lastArchived(own), 1]);
  });
});

const WRITER = join(import.meta.dirname, '../../audit/write-forever.fixture.ts');

function stillWithoutCheckpoint(cause: unknown): void {
  assert.ok(cause instanceof CommandError);
  assert.equal(cause.message, 'the record has no checkpoint yet.');
}

function writeNote(context: TestContext, { checkpoint }: SignedLog): string {
  const path = join(scratchDirectory(context), 'checkpoint');
  writeFileSync(path, checkpoint);
  return path;
}
