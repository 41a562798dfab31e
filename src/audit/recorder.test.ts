import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, suite, test } from 'node:test';
import { deny } from '../decision/verdict.ts';
import { openCheckpoint } from './checkpoint/checkpoint.ts';
import { noteVerifier } from './checkpoint/signed-note.ts';
import { clearedFacts, receivedExchange } from './facts.fixture.ts';
import { type AuditRecorder, createRecorder, type RecorderOptions } from './recorder.ts';
import { RECORDER_CONFIG } from './recorder-config.fixture.ts';
import { readSegments } from './read-segments.ts';
import type { AuditRecord, CallData } from './record-shape.ts';
import { verifyLog } from './verify/verify-log.ts';

const STRICT_FIXTURE = join(import.meta.dirname, 'write-strictly.fixture.ts');
const FIXTURE = join(import.meta.dirname, 'write-forever.fixture.ts');
const config = { ...RECORDER_CONFIG, segment_bytes: 64 * 1024 * 1024, max_queued_bytes: 64 * 1024 * 1024 } as const;
const clock = { nowMs: () => 1_800_000_000_000, monotonicMs: () => 0 };

function open(directory: string, options: Partial<RecorderOptions> = {}): Promise<AuditRecorder> {
  return createRecorder({
    directory,
    keyPath: `${directory}.key`,
    config,
    source: 'sallyport/test',
    clock,
    ...options,
  });
}

async function recordsIn(directory: string): Promise<AuditRecord<CallData>[]> {
  const items = await Array.fromAsync(readSegments(directory));
  return items.map((item) => {
    assert.equal(item.kind, 'record');
    return (item as { record: AuditRecord<CallData> }).record;
  });
}

/** What a gap record says was lost. */
function lossOf(record: AuditRecord | undefined): unknown {
  return (record?.data as { lost?: unknown } | undefined)?.lost;
}

function bytesIn(directory: string): number {
  return readdirSync(directory).reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
}

/** Whether a small file system of our own can be mounted here. */
function canMount(): boolean {
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-mount-'));
  const isMounted = spawnSync('mount', ['-t', 'tmpfs', 'tmpfs', directory]).status === 0;
  if (isMounted) execFileSync('umount', ['-l', directory]);
  rmSync(directory, { recursive: true });
  return isMounted;
}
const needsMount = canMount() ? {} : { skip: 'needs the right to mount a tmpfs' };
const needsStrace =
  spawnSync('strace', ['-e', 'trace=none', 'true']).status === 0
    ? {}
    : { skip: 'needs strace, and the right to use it' };
const needsRoot = process.getuid?.() === 0 ? {} : { skip: 'needs root, to become another user' };

suite('createRecorder()', () => {
  let root = '';
  let directory = '';
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'sallyport-recorder-'));
    directory = join(root, 'audit');
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  test('records intent, outcome and refusal in files that only their owner reads', async () => {
    const recorder = await open(directory);
    await recorder.intent(clearedFacts('d1'));
    recorder.outcome({ decisionId: 'd1', kind: 'answered', httpStatus: 200, durationMs: 1.23456, replyBytes: 10 });
    recorder.refusal(receivedExchange('d2'), deny('read', 'json.syntax'), {});
    await recorder.close();
    const records = await recordsIn(directory);
    assert.deepEqual(
      records.map(({ id, sequence, type }) => [id, Number(sequence), type]),
      [
        ['d1/intent', 1, 'dev.sallyport.call.intent.v1'],
        ['d1/outcome', 2, 'dev.sallyport.call.outcome.v1'],
        ['d2/refusal', 3, 'dev.sallyport.call.refusal.v1'],
      ],
    );
    const [name = ''] = readdirSync(directory);
    assert.equal(statSync(join(directory, name)).mode & 0o777, 0o600);
  });

  test('resolves each of 10 000 interleaved intents only after its bytes are in the file', async () => {
    const recorder = await open(directory);
    const sizeWhenAllowed = new Map<string, number>();
    await Promise.all(
      Array.from({ length: 10_000 }, async (_, index) => {
        await recorder.intent(clearedFacts(`d${index}`));
        sizeWhenAllowed.set(`d${index}`, bytesIn(directory));
      }),
    );
    await recorder.close();
    let end = 0;
    for await (const item of readSegments(directory)) {
      assert.equal(item.kind, 'record');
      const { record, text } = item as { record: AuditRecord<CallData>; text: string };
      end += 8 + Buffer.byteLength(text);
      assert.ok((sizeWhenAllowed.get(record.data.decision_id) ?? 0) >= end, record.data.decision_id);
      sizeWhenAllowed.delete(record.data.decision_id);
    }
    assert.equal(sizeWhenAllowed.size, 0);
  });

  test('numbers records without a hole over segments and restarts', async () => {
    const small = { ...config, segment_bytes: 64 * 1024 };
    for (let start = 0; start < 3; start++) {
      const recorder = await open(directory, { config: small });
      for (let batch = 0; batch < 5; batch++) {
        await Promise.all(Array.from({ length: 40 }, (_, index) => recorder.intent(clearedFacts(`d${index}`))));
      }
      await recorder.close();
    }
    const records = await recordsIn(directory);
    assert.deepEqual(
      records.map(({ sequence }) => Number(sequence)),
      Array.from({ length: 600 }, (_, index) => index + 1),
    );
    assert.ok(readdirSync(directory).length > 6);
  });

  test('never throws from refusal() and outcome(), whatever is wrong with what it is told', async () => {
    const lost: string[] = [];
    const recorder = await open(directory, { onLoss: (kind) => lost.push(kind) });
    const facts = clearedFacts('d1');
    const call = {
      ...facts.call,
      args: new Map([['a', 1]]),
      argsDigest: () => {
        throw new Error('no digest');
      },
    };
    recorder.refusal(receivedExchange('d1'), deny('policy', 'policy.arguments'), { call });
    await recorder.intent(facts);
    await recorder.close();
    assert.deepEqual(lost, ['refusal']);
    const [gap] = await recordsIn(directory);
    assert.equal(gap?.type, 'dev.sallyport.log.gap.v1');
    assert.deepEqual(lossOf(gap), { refusal: 1 });
  });

  test('lets a call of best effort go although its record cannot be written, and says how many were lost', async () => {
    const lost: string[] = [];
    const facts = (id: string, durability: 'strict' | 'best_effort') => {
      const cleared = clearedFacts(id);
      return { ...cleared, target: { ...cleared.target, durability } };
    };
    const recorder = await open(directory, {
      config: { ...config, max_queued_bytes: 256 * 1024 },
      onLoss: (kind) => lost.push(kind),
    });
    for (let count = 0; count < 1000; count++) await recorder.intent(facts(`d${count}`, 'best_effort'));
    await recorder.intent(facts('last', 'strict')).catch(() => assert.ok(lost.length > 0));
    await recorder.close();
    const records = await recordsIn(directory);
    const gaps = records.map(lossOf).filter((loss) => loss !== undefined);
    assert.ok(lost.length > 0);
    assert.deepEqual(gaps, [{ intent: lost.length }]);
  });

  test('writes refusals until they have had their share, and then how many there were', async () => {
    const recorder = await open(directory, { config: { ...config, segment_bytes: 64 * 1024 } });
    const refused = deny('policy', 'policy.denied');
    for (let count = 0; count < 500; count++) {
      const { identity } = clearedFacts('d');
      recorder.refusal(receivedExchange(`d${count}`), refused, { identity });
    }
    await recorder.close();
    const records = await recordsIn(directory);
    const written = records.filter(({ type }) => type === 'dev.sallyport.call.refusal.v1').length;
    const counted = records.at(-1)?.data as { counts?: object } | undefined;
    assert.ok(written > 5 && written < 30, String(written));
    assert.deepEqual(counted?.counts, [
      { caller: 'https://idp.example|alice|agent-7', count: 500 - written, reason: 'policy.denied' },
    ]);
  });

  test('signs what it wrote when it closes, with a key that only its owner reads', async () => {
    const notes: string[] = [];
    const recorder = await open(directory, { onCheckpoint: (note) => notes.push(note) });
    await recorder.intent(clearedFacts('d1'));
    await recorder.close();
    const verifier = noteVerifier(recorder.verifierKey);
    assert.equal(openCheckpoint(notes.at(-1) ?? '', verifier).size, 1);
    assert.equal(statSync(`${directory}.key`).mode & 0o777, 0o600);
    const report = await verifyLog({ directory, verifier, outside: notes.at(-1) ?? '' });
    assert.deepEqual([report.findings, report.provenThrough], [[], 1]);
  });

  test('has each strict record on the disk before it lets its call go, by O_DSYNC', needsStrace, async () => {
    const trace = join(root, 'trace');
    const strace = ['-f', '-y', '-e', 'trace=write,pwrite64,openat', '-o', trace];
    const count = 20;
    const command = [...strace, process.execPath, STRICT_FIXTURE, directory, String(count)];
    execFileSync('strace', command, { stdio: ['ignore', 'ignore', 'inherit'] });
    const calls = readFileSync(trace, 'utf8').split('\n');
    const durable = calls.filter((call) => /openat\(.*segment-0.*O_RDWR.*O_DSYNC/.test(call)).length;
    assert.ok(durable >= count, String(durable));
    // What the fixture prints comes after the write that was made durable, each time.
    const order = calls.flatMap((call) => {
      if (/pwrite64\(\d+<[^>]*segment-0/.test(call)) return ['on disk'];
      return /write\(1<[^>]*>, "allowed /.test(call) ? ['allowed'] : [];
    });
    assert.deepEqual(order.slice(0, 2 * count), Array.from({ length: count }, () => ['on disk', 'allowed']).flat());
  });

  test('keeps every allowed call through kill -9 in the middle of writing', async () => {
    const child = spawn(process.execPath, [FIXTURE, directory, '32'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const allowed: string[] = [];
    for await (const id of createInterface(child.stdout)) {
      allowed.push(id);
      if (allowed.length === 3000) child.kill('SIGKILL');
    }
    const recorder = await open(directory);
    await recorder.intent(clearedFacts('after'));
    await recorder.close();
    const records = await recordsIn(directory);
    const recorded = new Set(records.map(({ data }) => data.decision_id));
    assert.deepEqual(
      allowed.filter((id) => !recorded.has(id)),
      [],
    );
    assert.ok(recorded.has('after'));
    assert.deepEqual(
      records.map(({ sequence }) => Number(sequence)),
      records.map((_, index) => index + 1),
    );
  });

  test('allows nothing that a file size limit kept out of the file', async () => {
    const script = `ulimit -f 100; exec "$0" "$@"`;
    const command = ['-c', script, process.execPath, FIXTURE, directory, '4'];
    const lines = execFileSync('/bin/sh', command, { encoding: 'utf8' }).trim().split('\n');
    assert.equal(lines.at(-1), 'failed EFBIG');
    const recorder = await open(directory);
    await recorder.close();
    const recorded = new Set((await recordsIn(directory)).map(({ data }) => data.decision_id));
    assert.ok(lines.length > 10);
    assert.deepEqual(
      lines.slice(0, -1).filter((id) => !recorded.has(id)),
      [],
    );
  });

  test('refuses while the disk is full, then says what was lost and goes on', needsMount, async () => {
    mkdirSync(directory);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=128k', 'tmpfs', directory]);
    try {
      const states: string[] = [];
      const recorder = await open(directory, { onState: ({ kind }) => states.push(kind) });
      await recorder.intent(clearedFacts('before'));
      const fill = join(directory, 'fill');
      assert.throws(() => writeFileSync(fill, Buffer.alloc(256 * 1024)), { code: 'ENOSPC' });
      // The last page of the file still takes a record or two.
      await assert.rejects(
        async () => {
          for (let count = 0; count < 10; count++) await recorder.intent(clearedFacts(`full-${count}`));
        },
        { code: 'ENOSPC' },
      );
      recorder.refusal(receivedExchange('lost'), deny('record', 'record.unavailable'), {});
      await assert.rejects(recorder.intent(clearedFacts('full')), { code: 'ENOSPC' });
      assert.equal(recorder.isFailing, true);
      rmSync(fill);
      await recorder.intent(clearedFacts('after'));
      assert.equal(recorder.isFailing, false);
      await recorder.close();
      const records = await recordsIn(directory);
      assert.deepEqual(lossOf(records.at(-2)), { refusal: 1 });
      assert.equal(records.at(-1)?.id, 'after/intent');
      assert.equal(states.at(-1), 'writing');
    } finally {
      execFileSync('umount', ['-l', directory]);
    }
  });

  test('refuses while the file system is read-only', needsMount, async () => {
    mkdirSync(directory);
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', directory]);
    try {
      execFileSync('mount', ['-o', 'remount,ro', directory]);
      await assert.rejects(open(directory), { code: 'EROFS' });
      execFileSync('mount', ['-o', 'remount,rw', directory]);
      const recorder = await open(directory);
      execFileSync('mount', ['-o', 'remount,ro', directory]);
      await assert.rejects(recorder.intent(clearedFacts('d1')), { code: 'EROFS' });
      execFileSync('mount', ['-o', 'remount,rw', directory]);
      await recorder.intent(clearedFacts('d2'));
      await recorder.close();
      assert.equal((await recordsIn(directory)).length, 1);
    } finally {
      execFileSync('umount', ['-l', directory]);
    }
  });

  test('does not start in a directory that it may not write to', needsRoot, () => {
    mkdirSync(directory);
    chownSync(root, 65_534, 65_534);
    chownSync(directory, 65_534, 65_534);
    chmodSync(directory, 0o500);
    const { stderr } = spawnSync(process.execPath, [FIXTURE, directory], {
      uid: 65_534,
      gid: 65_534,
      encoding: 'utf8',
    });
    assert.match(stderr, /EACCES/);
  });
});
