import assert from 'node:assert/strict';
import { appendFileSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import fc from 'fast-check';
import { dayFilePaths, indexDirectory } from '../../audit/index/index-place.ts';
import { NAMES, randomSegments, type Segments, writeSegments } from '../../audit/index/random-log.fixture.ts';
import { readIndexed } from '../../audit/index/read-indexed.ts';
import { updateIndex } from '../../audit/index/update-index.ts';
import { RECORD_TYPES } from '../../audit/record-shape.ts';
import { sortSegments } from '../../audit/segment-name.ts';
import { show } from '../audit.ts';
import { listeningIo, scratchDirectory } from '../command-io.fixture.ts';
import { makeIndex } from './index-command.ts';
import { type FilterFlags, indexQuery } from './record-filter.ts';
import { search } from './search.ts';

const NOW_MS = Date.parse('2026-11-27T00:00:00Z');
const name = fc.constantFrom(...NAMES);
const time = fc.constantFrom('2026-11-25T00:00:00.000Z', '2026-11-26T00:00:00.000Z', '36h');
const filters: fc.Arbitrary<FilterFlags> = fc.record(
  {
    since: time,
    until: time,
    kind: fc.constantFrom(...Object.keys(RECORD_TYPES)),
    server: name,
    tool: name,
    caller: name,
    reason: name,
    rule: name,
  },
  { requiredKeys: [] },
);

interface Answers {
  readonly codes: readonly number[];
  readonly said: string;
  readonly complained: string;
}

/** What search and show say, with or without the index. */
async function answers(directory: string, filter: FilterFlags, scan: boolean): Promise<Answers> {
  const io = listeningIo();
  const where = { config: '', directory, json: true, scan };
  const codes = [await search({ ...where, ...filter, limit: '1000' }, io, NOW_MS), await show('d1', where, io)];
  return { codes, said: io.said(), complained: io.complained() };
}

async function assertSame(directory: string, filter: FilterFlags): Promise<void> {
  assert.deepEqual(await answers(directory, filter, false), await answers(directory, filter, true));
}

function freshLog(context: TestContext, segments: Segments): string {
  const directory = join(scratchDirectory(context), 'record');
  writeSegments(directory, segments);
  return directory;
}

const call = (data: object): Segments[number][number] => ({
  kind: 'record',
  value: { data, time: '2026-11-25T00:00:00.000Z', type: RECORD_TYPES.intent } as never,
});
const LOG: Segments = [
  [
    call({ decision_id: 'd1', server: 'files' }),
    call({ server: 'mail' }),
    { kind: 'noise' },
    call({ server: 'files' }),
  ],
  [call({ decision_id: 'd1', server: 'files' })],
];

suite('sallyport audit search | show, with an index', () => {
  test('say what they say without it, of any record', async (context) => {
    let count = 0;
    const root = scratchDirectory(context);
    await fc.assert(
      fc.asyncProperty(randomSegments, fc.array(filters, { minLength: 1, maxLength: 4 }), async (segments, asked) => {
        const directory = join(root, `record-${count++}`);
        writeSegments(directory, segments);
        await updateIndex(directory);
        for (const filter of asked) await assertSame(directory, filter);
      }),
      { numRuns: 60 },
    );
  });

  test('find what was written since the index was made', async (context) => {
    const directory = freshLog(context, LOG);
    await updateIndex(directory);
    const [first = '', last = ''] = sortSegments(readdirSync(directory));
    appendFileSync(join(directory, last), readFileSync(join(directory, first)));
    await assertSame(directory, { server: 'files' });
    assert.deepEqual((await updateIndex(directory)).read, 1);
    await assertSame(directory, { server: 'files' });
  });

  test('do not believe an index of other segments', async (context) => {
    const directory = freshLog(context, LOG);
    await updateIndex(directory);
    const [first = ''] = sortSegments(readdirSync(directory));
    const path = join(directory, first);
    const { atime, mtime } = statSync(path);
    writeFileSync(path, readFileSync(path).toReversed());
    utimesSync(path, atime, mtime);
    await assertSame(directory, { server: 'files' });
  });

  test('read only what fits', async (context) => {
    const directory = freshLog(context, LOG);
    await updateIndex(directory);
    const items = await Array.fromAsync(readIndexed(directory, indexQuery({ server: 'mail' }, NOW_MS)));
    assert.deepEqual(
      items.map(({ kind }) => kind),
      ['record', 'damage'],
    );
    const late = await Array.fromAsync(readIndexed(directory, indexQuery({ since: '36h' }, NOW_MS)));
    assert.deepEqual(
      late.map(({ kind }) => kind),
      ['damage'],
    );
  });

  test('say so when it cannot be used, and answer from the record', async (context) => {
    const directory = freshLog(context, LOG);
    await updateIndex(directory);
    for (const path of dayFilePaths(directory)) writeFileSync(path, readFileSync(path).fill(0xee, 0, 64));
    const { said, complained } = await answers(directory, { server: 'files' }, false);
    assert.equal(said, (await answers(directory, { server: 'files' }, true)).said);
    assert.match(complained, /the index cannot be used: .*2026-11-25\.sqlite: file is not a database/);
  });
});

suite('sallyport audit index', () => {
  test('keeps day files to their owner, and no text of a caller in them', async (context) => {
    const directory = freshLog(context, [[call({ server: 'secret-name' })]]);
    const io = listeningIo();
    assert.equal(await makeIndex({ config: '', directory }, io), 0);
    assert.equal(io.said(), '1 segments in 1 day files; 1 were read');
    assert.equal(statSync(indexDirectory(directory)).mode & 0o777, 0o700);
    const [path = ''] = dayFilePaths(directory);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.doesNotMatch(readFileSync(path, 'latin1'), /secret-name/);
  });

  test('reads a segment once', async (context) => {
    const directory = freshLog(context, LOG);
    await updateIndex(directory);
    assert.deepEqual(await updateIndex(directory), { segments: 2, read: 0, days: 1, remade: [] });
  });

  test('forgets segments that are gone, and days without any', async (context) => {
    const directory = freshLog(context, LOG);
    await updateIndex(directory);
    for (const segment of sortSegments(readdirSync(directory))) rmSync(join(directory, segment));
    assert.deepEqual(await updateIndex(directory), { segments: 0, read: 0, days: 0, remade: [] });
  });

  test('makes the same anew after it was deleted or damaged, wherever that is', async (context) => {
    const directory = freshLog(context, LOG);
    await updateIndex(directory);
    const [path = ''] = dayFilePaths(directory);
    const made = readFileSync(path);
    for (const at of [0, 20, 100, 4096, 4100]) {
      writeFileSync(path, Buffer.from(made).fill(0xff, at, at + 16));
      await updateIndex(directory);
      await assertSame(directory, { server: 'files' });
    }
    rmSync(path);
    await updateIndex(directory);
    await assertSame(directory, { server: 'files' });
    await updateIndex(directory, true);
    assert.deepEqual(readFileSync(path), made);
  });
});
