import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { clearedFacts, receivedExchange } from '../audit/facts.fixture.ts';
import { type AuditRecorder, createRecorder } from '../audit/recorder.ts';
import { RECORDER_CONFIG } from '../audit/recorder-config.fixture.ts';
import { sortSegments } from '../audit/segment-name.ts';
import { deny } from '../decision/verdict.ts';
import { show, type TailFlags, tail } from './audit.ts';
import { CommandError } from './command-error.ts';
import { scratchDirectory } from './command-io.fixture.ts';
import type { CommandIo } from './command-io.ts';

const clock = { nowMs: () => 1_800_000_000_000, monotonicMs: () => 0 };
const TIME = '2027-01-15T08:00:00.000Z';

function listeningIo(): CommandIo & { readonly out: string[]; readonly err: string[] } {
  const out: string[] = [];
  const err: string[] = [];
  return { out, err, print: (line) => void out.push(line), complain: (line) => void err.push(line), env: {} };
}

suite('sallyport audit', () => {
  let directory = '';
  let recorder: AuditRecorder;
  const flags = (more: Partial<TailFlags> = {}): TailFlags => ({ config: '', directory, lines: '20', ...more });
  const noWait = async (): Promise<void> => {};

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'sallyport-audit-'));
    recorder = await createRecorder({
      directory,
      keyPath: `${directory}.key`,
      config: RECORDER_CONFIG,
      source: 'sallyport/test',
      clock,
    });
    await recorder.intent(clearedFacts('d1', new Map([['/path', '/workspace/a.txt']])));
    recorder.outcome({ decisionId: 'd1', kind: 'answered', httpStatus: 200, durationMs: 12, replyBytes: 345 });
    const message = 'evil \u001b[2J\u202e text';
    recorder.refusal(receivedExchange('d2'), deny('policy', 'policy.arguments', { rule: 'files.read', message }), {});
    await recorder.intent(clearedFacts('d3'));
  });
  after(async () => {
    await recorder.close();
    rmSync(directory, { recursive: true });
  });

  test('tail shows a line a record', async () => {
    const io = listeningIo();
    assert.equal(await tail(flags(), io, noWait), 0);
    const by = 'by https://idp.example alice through agent-7';
    assert.deepEqual(io.out, [
      `${TIME}  intent    d1  allow  files tools/call read_file  ${by}  rules files.read, files.workspace`,
      `${TIME}  outcome   d1  answered  status 200  12 ms`,
      `${TIME}  refusal   d2  deny  policy.arguments  files POST  rule files.read`,
      `${TIME}  intent    d3  allow  files tools/call read_file  ${by}  rules files.read, files.workspace`,
    ]);
  });

  test('tail shows the last ones, as they are stored where JSON is asked for', async () => {
    const io = listeningIo();
    await tail(flags({ lines: '2', json: true }), io, noWait);
    assert.deepEqual(
      io.out.map((line) => JSON.parse(line).id),
      ['d2/refusal', 'd3/intent'],
    );
  });

  test('tail --follow shows what is written while it waits, over a new segment, and nothing twice', async () => {
    const io = listeningIo();
    const written = ['f1', 'f2', 'f3'];
    const stop = new Error('stop');
    const steps = written.values();
    const wait = async (): Promise<void> => {
      const { value: id, done } = steps.next();
      if (done === true) throw stop;
      // 60 records of more than 1 KiB do not fit into one segment.
      await Promise.all(Array.from({ length: 60 }, () => recorder.intent(clearedFacts(id))));
    };
    await assert.rejects(tail(flags({ follow: true, lines: '0', json: true }), io, wait), stop);
    assert.deepEqual(
      io.out.map((line) => JSON.parse(line).data.decision_id),
      written.flatMap((id) => Array<string>(60).fill(id)),
    );
    assert.ok(readdirSync(directory).length > 1);
  });

  test('show joins what is recorded of one decision', async () => {
    const io = listeningIo();
    assert.equal(await show('d1', flags(), io), 0);
    const [text = ''] = io.out;
    assert.match(
      text,
      /intent {4}d1 {2}allow[\s\S]*arguments:\n {8}\/path: \/workspace\/a\.txt[\s\S]*outcome {3}d1 {2}answered/,
    );
    assert.doesNotMatch(text, /No outcome/);
  });

  test('show says that a call has no outcome', async () => {
    const io = listeningIo();
    await show('d3', flags(), io);
    assert.match(io.out[0] ?? '', /No outcome is recorded/);
  });

  test('show prints hostile text without what moves the cursor or turns the direction', async () => {
    const io = listeningIo();
    await show('d2', flags(), io);
    assert.match(io.out[0] ?? '', /message: evil \\u\{1b\}\[2J\\u\{202e\} text/);
    assert.doesNotMatch(io.out.join(''), /[^\P{C}\n]/u);
  });

  test('show ends with 1 when nothing is recorded of the decision', async () => {
    const io = listeningIo();
    assert.equal(await show('nobody', flags(), io), 1);
    assert.deepEqual(io.err, ['error: nothing is recorded of this decision.']);
  });

  test('tail tells of bytes that are no record, steps over them and ends with 1', async () => {
    const broken = mkdtempSync(join(tmpdir(), 'sallyport-audit-'));
    for (const id of ['before', 'after']) {
      const writer = await createRecorder({
        directory: broken,
        keyPath: `${broken}.key`,
        config: RECORDER_CONFIG,
        source: 's',
        clock,
      });
      await writer.intent(clearedFacts(id));
      await writer.intent(clearedFacts(id));
      await writer.close();
    }
    const [first = '', second = ''] = sortSegments(readdirSync(broken));
    const { size } = statSync(join(broken, first));
    appendFileSync(join(broken, first), Buffer.alloc(40, 0xee));
    const bytes = readFileSync(join(broken, second));
    bytes.writeUInt8(bytes.readUInt8(100) ^ 1, 100);
    writeFileSync(join(broken, second), bytes);
    const io = listeningIo();
    assert.equal(await tail(flags({ directory: broken }), io, noWait), 1);
    assert.deepEqual(
      io.out.map((line) => line.split(/ {2,}/)[2]),
      ['before', 'before', 'after'],
    );
    assert.deepEqual(io.err, [
      `${first}: byte ${size}: the last record is not whole.`,
      `${second}: byte 0: no record begins here, and records follow.`,
    ]);
    rmSync(broken, { recursive: true });
  });

  test('says that nothing was recorded yet', async (context) => {
    const io = listeningIo();
    const file = join(scratchDirectory(context), 'sallyport.yaml');
    writeFileSync(file, 'servers: broken\n');
    assert.equal(await tail({ config: file, lines: '20' }, io, noWait), 1);
    assert.match(io.err.join(), /^error: nothing is recorded in .*record yet\.$/);
  });

  test('says that a named directory is not there', async () => {
    const none = flags({ directory: '/nowhere/record' });
    await assert.rejects(
      tail(none, listeningIo(), noWait),
      new CommandError('--directory /nowhere/record is not there.'),
    );
  });
});
