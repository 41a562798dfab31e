/**
 * The record: CPU time of one record over all threads (made, handed over, checksummed, hashed into the tree, written, synced and
 * signed), and how many records can be written, synced and hashed when nothing else is done.
 *
 * Bars: ≤ 15 µs CPU a record with 64 calls in flight; ≥ 40 000 records/s for the writer alone. Both are printed; `--check` ends with
 * 1 where one is missed.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clearedFacts } from '../../src/audit/facts.fixture.ts';
import { frameBound, writeFrame } from '../../src/audit/framing.ts';
import { type AuditRecorder, createRecorder } from '../../src/audit/recorder.ts';
import { numbered, type RecordText, recordText } from '../../src/audit/record-text.ts';
import { nodeSegmentFiles } from '../../src/audit/segment-files.ts';
import { SegmentWriter } from '../../src/audit/segment-writer.ts';
import { SignerThread } from '../../src/audit/signer/signer-thread.ts';
import { intentData } from '../../src/audit/write-record.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { median } from '../measure.ts';

const MOST_MICROS = 15;
const LEAST_PER_SECOND = 40_000;
const ROUNDS = 9;
const CALLS = 10_000;
const BATCH = 128;
const BATCHES = 200;
const SEGMENT_BYTES = 32 * 1024 * 1024;

const values = new Map([['/path', '/workspace/reports/2026/november/summary.txt']]);
const root = await mkdtemp(join(tmpdir(), 'sallyport-bench-audit-'));
const missed: string[] = [];

/** Records intents and outcomes of `CALLS` calls, `inFlight` at a time. @returns CPU microseconds and records a second. */
async function calls(recorder: AuditRecorder, durability: 'strict' | 'bounded', inFlight: number) {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < CALLS) {
      const decisionId = `0198c2f0-0000-7000-8000-${String(next++).padStart(12, '0')}`;
      const facts = clearedFacts(decisionId, values);
      await recorder.intent({ ...facts, target: { ...facts.target, durability } });
      recorder.outcome({ decisionId, kind: 'answered', httpStatus: 200, durationMs: 12.3, replyBytes: 345 });
    }
  };
  const [cpu, ms] = [process.cpuUsage(), performance.now()];
  await Promise.all(Array.from({ length: inFlight }, lane));
  const { user, system } = process.cpuUsage(cpu);
  return { micros: (user + system) / (2 * CALLS), perSecond: (2 * CALLS * 1000) / (performance.now() - ms) };
}

async function openRecorder(name: string): Promise<AuditRecorder> {
  return await createRecorder({
    directory: join(root, name),
    keyPath: join(root, `${name}.key`),
    config: {
      segment_bytes: SEGMENT_BYTES,
      max_queued_bytes: 64 * 1024 * 1024,
      max_argument_bytes: 4096,
      on_damage: 'refuse',
      bounded_ms: 100,
      max_wait_ms: 10_000,
      checkpoints: { every_ms: 1000 },
    },
    source: 'urn:sallyport:bench',
    clock: systemClock,
  });
}

/** The text of an intent, to be numbered. */
function intentText(): RecordText {
  const facts = clearedFacts('0198c2f0-0000-7000-8000-000000000000', values);
  const data = intentData(facts, { maxLength: 4096 });
  return recordText({ kind: 'intent', id: 'd/intent', source: 'urn:sallyport:bench', timeMs: Date.now() }, data);
}

/** Records a second that are framed, written, synced and hashed, and the CPU time for each. */
async function writerAlone(): Promise<{ micros: number; perSecond: number }> {
  const directory = join(root, 'alone');
  const { thread, opened } = await SignerThread.open({
    directory,
    keyPath: join(root, 'alone.key'),
    onDamage: 'refuse',
    originHint: 'bench',
    checkpointEveryMs: 1000,
    onCheckpoint: () => undefined,
    onCheckpointFailure: (cause) => console.error(cause),
  });
  const segments = new SegmentWriter({ directory, files: nodeSegmentFiles(), segmentBytes: SEGMENT_BYTES });
  const text = intentText();
  const buffer = Buffer.alloc(BATCH * frameBound(numbered(text, 1).length));
  const samples: { micros: number; perSecond: number }[] = [];
  let next = opened.nextSequence;
  for (let round = 0; round < ROUNDS; round++) {
    const [cpu, ms] = [process.cpuUsage(), performance.now()];
    for (let index = 0; index < BATCHES; index++, next += BATCH) {
      let end = 0;
      for (let record = 0; record < BATCH; record++) end = writeFrame(buffer, end, numbered(text, next + record));
      await segments.append(buffer.subarray(0, end), next);
      if (index % 20 === 19) await thread.sync(next + BATCH - 1);
    }
    const { user, system } = process.cpuUsage(cpu);
    const records = BATCHES * BATCH;
    samples.push({ micros: (user + system) / records, perSecond: (records * 1000) / (performance.now() - ms) });
  }
  await segments.close();
  await thread.close(next - 1);
  return middle(samples);
}

function middle(samples: readonly { micros: number; perSecond: number }[]): { micros: number; perSecond: number } {
  return {
    micros: median(samples.map(({ micros }) => micros)),
    perSecond: median(samples.map(({ perSecond }) => perSecond)),
  };
}

function print(name: string, { micros, perSecond }: { micros: number; perSecond: number }): void {
  const rate = Math.round(perSecond).toLocaleString('en');
  console.log(`  ${name.padEnd(44)} ${micros.toFixed(2).padStart(8)} µs CPU ${rate.padStart(10)} records/s`);
}

console.log(`\nThe record, ${ROUNDS} rounds of ${CALLS} calls`);
for (const [durability, inFlight] of [
  ['bounded', 64],
  ['bounded', 16],
  ['bounded', 1],
  ['strict', 64],
] as const) {
  const recorder = await openRecorder(`${durability}-${inFlight}`);
  const samples: { micros: number; perSecond: number }[] = [];
  for (let round = 0; round < ROUNDS; round++) samples.push(await calls(recorder, durability, inFlight));
  await recorder.close();
  const found = middle(samples);
  print(`${durability}, ${inFlight} in flight`, found);
  if (durability === 'bounded' && inFlight === 64 && found.micros > MOST_MICROS) missed.push('CPU of a record');
}
const alone = await writerAlone();
print('writing, syncing and hashing alone', alone);
if (alone.perSecond < LEAST_PER_SECOND) missed.push('records a second of the writer');
for (const what of missed) console.log(`  missed: ${what}`);
await rm(root, { recursive: true });
if (process.argv.includes('--check') && missed.length > 0) process.exitCode = 1;
