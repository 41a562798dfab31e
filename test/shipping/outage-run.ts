import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { compared, hasAll, projectFor, recordsIn, startLanes, TOPIC, untilCaughtUp } from './kill-run.ts';
import { readTopic } from './read-topic.ts';
import { type Served, startServed } from './served.ts';
import { startKafka } from './start-kafka.ts';

export interface OutageOptions {
  /** URL of the tool server. */
  readonly upstream: string;
  /** The program; default: from its sources. */
  readonly main?: string;
  /** How long calls are made with the broker, and then without it, milliseconds. */
  readonly warmMs: number;
  readonly goneMs: number;
  /** How often is looked at the service while the broker is gone, milliseconds. */
  readonly lookEveryMs: number;
  /** Calls at the same time, and how long each caller waits after an answer, milliseconds. */
  readonly lanes: number;
  readonly betweenMs: number;
}

/** The service at one moment of the outage. */
export interface Look {
  readonly atMs: number;
  readonly residentMib: number;
  /** Signed records that the topic did not have at the last attempt. */
  readonly behind: number;
  /** Bytes of the state directory: the record with its tree, and the cursor. */
  readonly diskBytes: number;
}

export interface OutageRun {
  readonly folder: string;
  readonly looks: readonly Look[];
  readonly answered: number;
  readonly failed: number;
  /** From the broker's first answer until the topic has everything, milliseconds. */
  readonly caughtUpMs: number;
  readonly recorded: number;
  readonly events: number;
  readonly lacking: readonly string[];
  readonly foreign: readonly string[];
}

/** Kills the broker under a service to which calls are made, lets it be gone for `goneMs`, and compares topic and log at the end. */
export async function shippedThroughOutage(options: OutageOptions): Promise<OutageRun> {
  await using kafka = await startKafka(TOPIC);
  const folder = await projectFor(options.upstream, kafka.broker);
  await using served = await startServed(folder, options.main);
  const lanes = startLanes(served.origin, options);
  await pause(options.warmMs);
  await kafka.kill();
  const looks = await looksAt(served, folder, options);
  await kafka.start();
  const backMs = performance.now();
  const { answered, failed } = await lanes.end();
  await untilCaughtUp(served);
  const caughtUpMs = performance.now() - backMs;
  await served.drain();
  const recorded = await recordsIn(folder);
  const events = await readTopic(kafka.broker, TOPIC, (read) => hasAll(read, recorded.size));
  const { lacking, foreign } = compared(recorded, events);
  const counts = { answered, failed, caughtUpMs, recorded: recorded.size, events: events.length };
  return { folder, looks, ...counts, lacking, foreign };
}

async function looksAt(
  served: Served,
  folder: string,
  { goneMs, lookEveryMs }: OutageOptions,
): Promise<readonly Look[]> {
  const begunMs = performance.now();
  const looks: Look[] = [];
  for (;;) {
    const atMs = performance.now() - begunMs;
    looks.push(await lookAt(served, join(folder, '.sallyport'), atMs));
    if (atMs >= goneMs) return looks;
    await pause(Math.min(lookEveryMs, goneMs - atMs));
  }
}

async function lookAt(served: Served, stateDir: string, atMs: number): Promise<Look> {
  const behind = /^sallyport_ship_behind_records\{[^}]*\} (\d+)/m.exec(await served.metrics())?.[1];
  const resident = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${served.pid}/status`, 'utf8'))?.[1];
  return {
    atMs,
    residentMib: Math.round(Number(resident) / 1024),
    behind: Number(behind ?? 0),
    diskBytes: bytesBelow(stateDir),
  };
}

function bytesBelow(directory: string): number {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries.reduce((sum, { parentPath, name }) => {
    // A file that is replaced may be gone by now.
    return sum + (statSync(join(parentPath, name), { throwIfNoEntry: false })?.size ?? 0);
  }, 0);
}
