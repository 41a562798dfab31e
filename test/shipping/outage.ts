/**
 * The last part of `npm run test:shipping`: a real broker of Kafka is gone for ten minutes while calls go on to the built service.
 * Writes a dated result file.
 *
 * @module
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startFilesServer } from '../../examples/demo/files-server.ts';
import { whyNoKafka } from './kafka-part.ts';
import { shippedThroughOutage } from './outage-run.ts';

const MAIN = join(import.meta.dirname, '../../dist/cli/main.js');
const WARM_MS = 60_000;
const GONE_MS = 600_000;
const LOOK_EVERY_MS = 60_000;
const LANES = 2;
const BETWEEN_MS = 100;
/** What the service may have more at the end of the outage than after its first minute, MiB: the heap breathes. */
const MAX_GROWTH_MIB = 32;

const missing = whyNoKafka();
if (missing !== false) {
  console.error(missing);
  process.exit(0);
}
await using upstream = await startFilesServer();
const run = await shippedThroughOutage({
  upstream: upstream.url,
  main: MAIN,
  warmMs: WARM_MS,
  goneMs: GONE_MS,
  lookEveryMs: LOOK_EVERY_MS,
  lanes: LANES,
  betweenMs: BETWEEN_MS,
});
await rm(run.folder, { recursive: true });
const date = new Date().toISOString().slice(0, 10);
const [first, second] = run.looks;
const last = run.looks.at(-1);
assert.ok(first !== undefined && second !== undefined && last !== undefined);
const kib = (bytes: number): number => Math.round(bytes / 1024);
const rows = run.looks.map(
  ({ atMs, residentMib, behind, diskBytes }) =>
    `| ${Math.round(atMs / 60_000)} min | ${residentMib} MiB | ${behind} | ${kib(diskBytes)} KiB |`,
);
const text = `# Kafka gone for ${GONE_MS / 60_000} minutes, ${date}

Kafka 4.4 on the same machine, one broker, killed by SIGKILL after ${WARM_MS / 1000} s; ${LANES} callers that wait ${BETWEEN_MS} ms after each answer.

| broker gone for | resident memory of the service | records behind | state directory |
| --- | --- | --- | --- |
${rows.join('\n')}

| | |
| --- | --- |
| calls answered / failed | ${run.answered} / ${run.failed} |
| everything in the topic after | ${Math.round(run.caughtUpMs / 100) / 10} s |
| records in the log | ${run.recorded} |
| events in the topic | ${run.events} |
| records that the topic lacks | ${run.lacking.length} |
| events that are not a record of the log byte for byte | ${run.foreign.length} |
`;
writeFileSync(join(import.meta.dirname, `results-outage-${date}.md`), text);
console.log(text);
assert.deepEqual([run.failed, run.lacking, run.foreign], [0, [], []]);
assert.ok(last.residentMib - second.residentMib <= MAX_GROWTH_MIB, 'memory grew while the broker was gone');
