import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { readSegments } from '../../src/audit/read-segments.ts';
import { writeProject } from '../e2e/start-sallyport.ts';
import { identityOf, type ReadEvent, readTopic, recordOf } from './read-topic.ts';
import { type Served, startServed } from './served.ts';
import { type RunningKafka, startKafka } from './start-kafka.ts';

export interface KillRunOptions {
  /** URL of the tool server. */
  readonly upstream: string;
  /** How often the service is killed while calls are made. */
  readonly serviceKills: number;
  /** How often the broker is. */
  readonly brokerKills: number;
  /** The program; default: from its sources. */
  readonly main?: string;
}

/** What was seen. */
export interface KillRun {
  readonly folder: string;
  /** Texts of the records in the log. */
  readonly recorded: ReadonlySet<string>;
  /** How many events are in the topic, doubles among them. */
  readonly events: number;
  /** Records that the topic does not have. */
  readonly lacking: readonly string[];
  /** Records of the topic that the log does not have, or that has two of one identity. */
  readonly foreign: readonly string[];
  /** Events whose `traceparent` is not that of their record. */
  readonly untraced: number;
  /** Decisions whose records are in more than one partition. */
  readonly split: readonly string[];
  /** Calls while the broker was gone, and how many of them were not answered by the tool. */
  readonly callsWithoutBroker: number;
  readonly failedCalls: number;
}

/** The topic of these tests. */
export const TOPIC = 'tool-calls';
const LANES = 8;
/** How long a service lives, and a broker is gone, milliseconds. */
const LIFE_MS = 700;
const GONE_MS = 1500;

/** Calls tools through a service that ships to Kafka, kills both with SIGKILL, and compares topic and log at the end. */
export async function shippedThroughKills(options: KillRunOptions): Promise<KillRun> {
  await using kafka = await startKafka(TOPIC);
  const folder = await projectFor(options.upstream, kafka.broker, TRACED);
  const start = (): Promise<Served> => startServed(folder, options.main);
  for (let kill = 0; kill < options.serviceKills; kill++) await liveAndDie(start);
  const gone = { calls: 0, failed: 0 };
  for (let kill = 0; kill < options.brokerKills; kill++) await outliveBroker(start, kafka, gone);
  await using served = await start();
  await untilCaughtUp(served);
  await served.drain();
  const recorded = await recordsIn(folder);
  const events = await readTopic(kafka.broker, TOPIC, (read) => hasAll(read, recorded.size));
  return { folder, recorded, ...compared(recorded, events), callsWithoutBroker: gone.calls, failedCalls: gone.failed };
}

/** A project that ships to `broker`, where there is one, and signs often. */
export function projectFor(
  upstream: string,
  broker: string | undefined,
  telemetry: readonly string[] = [],
): Promise<string> {
  const stream = `stream: { kind: kafka, brokers: ["${broker}"], topic: ${TOPIC}, timeout_ms: 2000 }`;
  const ship = broker === undefined ? '' : stream;
  return writeProject({
    servers: { files: upstream },
    listeners: '{ agents: { bind: 127.0.0.1:0 } }',
    level: 'info',
    telemetry,
    more: `audit: { checkpoints: { every_ms: 100 }, ship: { ${ship} } }`,
  });
}

/** Nobody listens there: it is for the records to say what they are traced by. */
const TRACED = ['tracing: { otlp: { endpoint: "http://127.0.0.1:9", timeout_ms: 100 }, sample: 1 }'];

async function liveAndDie(start: () => Promise<Served>): Promise<void> {
  await using served = await start();
  const lanes = startLanes(served.origin);
  await pause(LIFE_MS);
  await served.kill();
  await lanes.end();
}

async function outliveBroker(
  start: () => Promise<Served>,
  kafka: RunningKafka,
  gone: { calls: number; failed: number },
): Promise<void> {
  await using served = await start();
  const before = startLanes(served.origin);
  await pause(LIFE_MS);
  await kafka.kill();
  await before.end();
  const without = startLanes(served.origin);
  await pause(GONE_MS);
  const { answered, failed } = await without.end();
  gone.calls += answered + failed;
  gone.failed += failed;
  await kafka.start();
  await untilCaughtUp(served);
  await served.drain();
}

export interface Lanes {
  /** Lets the calls that are under way end, and says how they did. */
  end(): Promise<{ readonly answered: number; readonly failed: number }>;
}

/** Calls a tool again and again in several lanes, `betweenMs` after each answer. */
export function startLanes(origin: string, { lanes: count = LANES, betweenMs = 0 } = {}): Lanes {
  const counts = { answered: 0, failed: 0 };
  const stopping = new AbortController();
  const lane = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const isAnswered = await call(origin).catch(() => false);
      counts[isAnswered ? 'answered' : 'failed'] += 1;
      // A service that is gone need not be asked as fast as it refuses.
      if (!isAnswered || betweenMs > 0) await pause(Math.max(betweenMs, 10));
    }
  };
  const lanes = Array.from({ length: count }, lane);
  return {
    async end() {
      stopping.abort();
      await Promise.all(lanes);
      return counts;
    },
  };
}

async function call(origin: string): Promise<boolean> {
  const params = { name: 'read_file', arguments: { path: '/workspace/report.txt' } };
  const response = await fetch(`${origin}/files`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'accept': 'application/json, text/event-stream' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
  });
  const text = await response.text();
  return response.status === 200 && text.includes('"result"');
}

/** Resolves when the place has everything that is signed, and nothing more was written. */
export async function untilCaughtUp(served: Served): Promise<void> {
  for (let quiet = 0; quiet < 5; ) {
    const [, behind] = /^sallyport_ship_behind_records\{[^}]*\} (\d+)/m.exec(await served.metrics()) ?? [];
    quiet = behind === '0' ? quiet + 1 : 0;
    await pause(100);
  }
}

/** Texts of the records in the log. */
export async function recordsIn(folder: string): Promise<ReadonlySet<string>> {
  const texts = new Set<string>();
  for await (const item of readSegments(join(folder, '.sallyport/record')))
    if (item.kind === 'record') texts.add(item.text);
  return texts;
}

/** Whether so many records, without doubles, were read. */
export function hasAll(events: readonly ReadEvent[], count: number): boolean {
  return events.length >= count && new Set(events.map(identityOf)).size >= count;
}

/** What tells topic and log apart. */
export function compared(recorded: ReadonlySet<string>, events: readonly ReadEvent[]) {
  const byIdentity = new Map<string, string>();
  const foreign: string[] = [];
  const partitions = new Map<string, Set<number>>();
  for (const event of events) {
    const text = recordOf(event);
    const identity = identityOf(event);
    if (!recorded.has(text) || (byIdentity.get(identity) ?? text) !== text) foreign.push(text);
    byIdentity.set(identity, text);
    partitions.set(event.key, (partitions.get(event.key) ?? new Set()).add(event.partition));
  }
  const shipped = new Set(byIdentity.values());
  return {
    events: events.length,
    lacking: [...recorded].filter((text) => !shipped.has(text)),
    foreign,
    untraced: events.filter(({ headers }) => headers.get('traceparent') !== traceOf(headers)).length,
    split: [...partitions].filter(([, in_]) => in_.size > 1).map(([key]) => key),
  };
}

/** The trace of a record of a call; none has to be there for what is of no call. */
function traceOf(headers: ReadEvent['headers']): string | undefined {
  const isOfCall = headers.get('ce_type') === 'dev.sallyport.call.intent.v1';
  return headers.get('ce_traceparent') ?? (isOfCall ? 'one' : undefined);
}
