import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import fc from 'fast-check';
import { clearedFacts, receivedExchange } from '../audit/facts.fixture.ts';
import { randomSegments, writeSegments } from '../audit/index/random-log.fixture.ts';
import { updateIndex } from '../audit/index/update-index.ts';
import { createRecorder } from '../audit/recorder.ts';
import { RECORDER_CONFIG } from '../audit/recorder-config.fixture.ts';
import { type AuditRecord, RECORD_TYPES } from '../audit/record-shape.ts';
import { OTHERS } from '../audit/usage/bounded-sums.ts';
import { USAGE_DIMENSIONS } from '../audit/usage/usage-group.ts';
import { type UsageRow, UsageTally } from '../audit/usage/usage-tally.ts';
import { deny } from '../decision/verdict.ts';
import { listeningIo, scratchDirectory } from './command-io.fixture.ts';
import { usage, type UsageFlags } from './usage.ts';

const DAY_MS = Date.parse('2026-11-25T08:00:00.000Z');

/** Two days of a real recorder's: on each two calls that are answered, one that is not, and one that is refused. */
async function recorded(context: TestContext): Promise<string> {
  const directory = join(scratchDirectory(context), 'record');
  let nowMs = DAY_MS;
  const recorder = await createRecorder({
    directory,
    keyPath: `${directory}.key`,
    config: RECORDER_CONFIG,
    source: 'urn:sallyport:test',
    clock: { nowMs: () => nowMs, monotonicMs: () => 0 },
  });
  for (const day of [1, 2]) {
    for (const [index, durationMs] of [10, 1000].entries()) {
      const decisionId = `day-${day}-call-${index}`;
      await recorder.intent(clearedFacts(decisionId));
      const costs = new Map([['reads.cost', 12]]);
      const tokens = { input: 100, output: 10, cacheRead: 0, cacheWrite: 0 };
      recorder.outcome({ decisionId, kind: 'answered', httpStatus: 200, durationMs, replyBytes: 100, costs, tokens });
    }
    await recorder.intent(clearedFacts(`day-${day}-open`));
    const { identity, call } = clearedFacts(`day-${day}-refused`);
    recorder.refusal(receivedExchange(`day-${day}-refused`), deny('policy', 'policy.arguments', {}), {
      identity,
      call,
    });
    nowMs += 86_400_000;
  }
  await recorder.close();
  return directory;
}

async function run(directory: string, more: Partial<UsageFlags> = {}): Promise<{ code: number; said: string }> {
  const io = listeningIo();
  const code = await usage({ config: '', directory, by: 'agent,tool', ...more }, io, DAY_MS);
  return { code, said: io.said() };
}

async function rowsOf(directory: string, more: Partial<UsageFlags> = {}): Promise<readonly UsageRow[]> {
  return JSON.parse((await run(directory, { json: true, ...more })).said).rows;
}

suite('sallyport usage', () => {
  test('counts calls, refusals by reason, outcomes, durations and costs', async (context) => {
    const directory = await recorded(context);
    const [row, ...others] = await rowsOf(directory, { by: 'tenant,agent,tool' });
    assert.deepEqual(others, []);
    assert.deepEqual(
      { ...row, duration_ms: undefined },
      {
        group: { tenant: 'acme', agent: 'agent-7', tool: 'files/read_file' },
        allowed: 6,
        refused: 2,
        open: 2,
        refusals: [{ reason: 'policy.arguments', count: 2 }],
        outcomes: [{ kind: 'answered', count: 4 }],
        errors: 0,
        reply_bytes: 400,
        tokens: [
          { type: 'input', tokens: 400 },
          { type: 'output', tokens: 40 },
        ],
        costs: [{ rule: 'reads.cost', cost: 48 }],
        taken: [{ limit: 'per-agent', cost: 6 }],
        duration_ms: undefined,
      },
    );
    assert.deepEqual([row?.duration_ms?.count, row?.duration_ms?.max], [4, 1000]);
  });

  test('tells days apart, and counts those between two times', async (context) => {
    const directory = await recorded(context);
    const days = await rowsOf(directory, { by: 'day' });
    assert.deepEqual(
      days.map(({ group, allowed }) => [group.day, allowed]),
      [
        ['2026-11-25', 3],
        ['2026-11-26', 3],
      ],
    );
    assert.deepEqual(await rowsOf(directory, { by: 'day', since: '2026-11-26' }), days.slice(1));
    assert.deepEqual(await rowsOf(directory, { by: 'day', until: '2026-11-26' }), days.slice(0, 1));
  });

  test('prints a table for a person', async (context) => {
    const { code, said } = await run(await recorded(context), { by: 'tool' });
    assert.equal(code, 0);
    assert.deepEqual(
      said.split('\n').map((line) => line.split(/ {2,}/)),
      [
        [
          'tool',
          'allowed',
          'refused',
          'open',
          'errors',
          'p50 ms',
          'p95 ms',
          'p99 ms',
          'tokens',
          'costs',
          'why refused',
        ],
        [
          'files/read_file',
          '6',
          '2',
          '2',
          '0',
          '10.04',
          '993.4',
          '993.4',
          'input 400, output 40',
          'reads.cost 48',
          'policy.arguments 2',
        ],
      ],
    );
  });

  test('prints CSV', async (context) => {
    const { said } = await run(await recorded(context), { by: 'agent', csv: true });
    const [head, line] = said.split('\n');
    assert.match(head ?? '', /^agent,allowed,refused,open,errors,reply_bytes,p50_ms/);
    assert.match(
      line ?? '',
      /^agent-7,6,2,2,0,400,.*,answered=4,policy\.arguments=2,"input=400;output=40",reads\.cost=48,per-agent=6$/,
    );
  });

  test('ends with 1 when nothing is recorded in that time, and with 2 when it was asked what makes no sense', async (context) => {
    const directory = await recorded(context);
    assert.equal((await run(directory, { since: '2030-01-01' })).code, 1);
    assert.equal((await run(directory, { by: 'colour' })).code, 2);
    assert.equal((await run(directory, { json: true, csv: true })).code, 2);
  });

  test('finds an outcome with an index also when the clock went back', async (context) => {
    const directory = join(scratchDirectory(context), 'record');
    const at = (time: string, type: string) => [
      { kind: 'record' as const, value: { data: { decision_id: 'd1' }, time, type } as never },
    ];
    writeSegments(directory, [
      at('2026-11-25T00:00:00.000Z', RECORD_TYPES.intent),
      at('2026-11-24T23:59:59.999Z', RECORD_TYPES.outcome),
    ]);
    await updateIndex(directory);
    const [row] = await rowsOf(directory, { since: '2026-11-25' });
    assert.deepEqual([row?.allowed, row?.open], [1, 0]);
  });

  test('says the same with an index, and in all by whatever it is told apart, of any record', async (context) => {
    const root = scratchDirectory(context);
    let count = 0;
    await fc.assert(
      fc.asyncProperty(randomSegments, fc.subarray([...USAGE_DIMENSIONS], { minLength: 1 }), async (segments, by) => {
        const directory = join(root, `record-${count++}`);
        writeSegments(directory, segments);
        const asked = { by: by.join(','), since: '2026-11-25' };
        const plain = await run(directory, { ...asked, json: true });
        const total = sum(await rowsOf(directory, asked));
        await updateIndex(directory);
        assert.deepEqual(await run(directory, { ...asked, json: true }), plain);
        assert.deepEqual(sum(await rowsOf(directory, { ...asked, by: 'day' })), total);
      }),
      { numRuns: 50 },
    );
  });
});

function sum(rows: readonly UsageRow[]): readonly number[] {
  return [rows.reduce((all, { allowed }) => all + allowed, 0), rows.reduce((all, { refused }) => all + refused, 0)];
}

function record(type: keyof typeof RECORD_TYPES, data: object): AuditRecord {
  return { data, time: '2026-11-25T08:00:00.000Z', type: RECORD_TYPES[type] } as AuditRecord;
}

suite('UsageTally', () => {
  test('counts a call whose intent came too late as refused', () => {
    const tally = new UsageTally({ by: ['day'] });
    tally.add(record('intent', { decision_id: 'd1' }));
    tally.add(record('refusal', { decision_id: 'd1', reason: 'record.unavailable' }));
    const [row] = tally.rows();
    assert.deepEqual([row?.allowed, row?.refused, row?.open], [0, 1, 0]);
  });

  test('counts refusals that were only counted, with the agent where it is known', () => {
    const tally = new UsageTally({ by: ['agent'] });
    tally.add(record('intent', { decision_id: 'd1', caller: { kind: 'token', principal: 'p', actor: 'agent-7' } }));
    const counts = [
      { caller: 'p', count: 5, reason: 'limit.rate' },
      { caller: 'q', count: 2, reason: 'limit.rate' },
      { count: 3, reason: 'token.missing' },
    ];
    tally.add(record('refusals', { counts }));
    assert.deepEqual(
      tally.rows().map(({ group, refused }) => [group.agent, refused]),
      [
        ['agent-7', 5],
        ['q', 2],
        [null, 3],
      ],
    );
  });

  test('keeps names that mean something elsewhere for names', () => {
    const tally = new UsageTally({ by: ['tool'] });
    for (const name of ['__proto__', 'constructor', '=cmd()'])
      tally.add(record('intent', { decision_id: name, operation: name, server: '__proto__' }));
    assert.deepEqual(
      tally.rows().map(({ group }) => group.tool),
      ['__proto__/=cmd()', '__proto__/__proto__', '__proto__/constructor'],
    );
  });

  test('has room for so many groups, and counts the rest together', () => {
    const tally = new UsageTally({ by: ['agent'] });
    for (let index = 0; index < 10_100; index++)
      tally.add(record('refusal', { decision_id: `d${index}`, reason: 'x', caller: { principal: `p${index}` } }));
    const rows = tally.rows();
    assert.deepEqual([rows.length, sum(rows)[1]], [10_001, 10_100]);
    assert.equal(rows.find(({ group }) => group.agent === OTHERS)?.refused, 100);
  });
});
