/**
 * `npm run test:shipping`: kills the built service and a real broker of Kafka while calls are made, compares topic and log, and
 * looks at the memory of a service whose broker is gone. Writes a dated result file.
 *
 * @module
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startFilesServer } from '../../examples/demo/files-server.ts';
import { whyNoKafka } from './kafka-part.ts';
import { projectFor, shippedThroughKills, startLanes } from './kill-run.ts';
import { startServed } from './served.ts';

const MAIN = join(import.meta.dirname, '../../dist/cli/main.js');
const SERVICE_KILLS = 25;
const BROKER_KILLS = 2;
/** The service is warm before the first look at its memory, and calls go on until the last, milliseconds. */
const WARM_MS = 15_000;
const GONE_MS = 30_000;
const NOBODY = '127.0.0.1:9';

const missing = whyNoKafka();
if (missing !== false) {
  console.error(missing);
  process.exit(0);
}
await using upstream = await startFilesServer();
const run = await shippedThroughKills({
  upstream: upstream.url,
  serviceKills: SERVICE_KILLS,
  brokerKills: BROKER_KILLS,
  main: MAIN,
});
assert.deepEqual([run.lacking, run.foreign, run.split, run.untraced, run.failedCalls], [[], [], [], 0, 0]);
await rm(run.folder, { recursive: true });
const lost = await withoutBroker(NOBODY);
const control = await withoutBroker(undefined);
const date = new Date().toISOString().slice(0, 10);
const text = `# Shipping to Kafka, ${date}

Kafka 4.4 on the same machine, one broker, a topic of three partitions, ${SERVICE_KILLS} kills of the service and ${BROKER_KILLS} of the broker (SIGKILL).

| | |
| --- | --- |
| records in the log | ${run.recorded.size} |
| events in the topic | ${run.events} |
| doubles, by source and id | ${run.events - run.recorded.size} |
| records that the topic lacks | ${run.lacking.length} |
| events that are not a record of the log byte for byte | ${run.foreign.length} |
| decisions in more than one partition | ${run.split.length} |
| events whose \`traceparent\` is not that of their record | ${run.untraced} |
| calls while the broker was gone | ${run.callsWithoutBroker}, of which ${run.failedCalls} failed |

Without a broker for ${(WARM_MS + GONE_MS) / 1000} s, calls going on:

| | after ${WARM_MS / 1000} s | after ${(WARM_MS + GONE_MS) / 1000} s |
| --- | --- | --- |
| records behind, at the last attempt | ${lost.before.behind} | ${lost.after.behind} |
| resident memory of the service | ${lost.before.mib} MiB | ${lost.after.mib} MiB |
| the same without \`audit.ship\` | ${control.before.mib} MiB | ${control.after.mib} MiB |
| calls answered / failed | | ${lost.answered} / ${lost.failed} |
| the same without \`audit.ship\` | | ${control.answered} / ${control.failed} |
`;
writeFileSync(join(import.meta.dirname, `results-${date}.md`), text);
console.log(text);

/** Calls go on, and records wait in the segments only; without a broker in the configuration, nothing is shipped at all. */
async function withoutBroker(broker: string | undefined) {
  const folder = await projectFor(upstream.url, broker);
  await using served = await startServed(folder, MAIN);
  const look = async () => ({ mib: residentMib(served.pid), behind: behindIn(await served.metrics()) });
  const lanes = startLanes(served.origin);
  await pause(WARM_MS);
  const before = await look();
  await pause(GONE_MS);
  const after = await look();
  const { answered, failed } = await lanes.end();
  assert.equal(failed, 0);
  await served.kill();
  await rm(folder, { recursive: true });
  return { before, after, answered, failed };
}

function residentMib(pid: number): number {
  return Math.round(Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024);
}

function behindIn(metrics: string): number {
  return Number(/^sallyport_ship_behind_records\{[^}]*\} (\d+)/m.exec(metrics)?.[1]);
}
