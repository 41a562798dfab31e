import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type LoadGenerator, startLoadGenerator } from '../../benchmarks/peers/load-generator.ts';
import type { Priority } from '../../src/call/priority.ts';
import { type Carrier, listenerOf, startFront } from '../e2e/carriers.ts';
import { createIssuer, type Issuer } from '../soak/issuer.ts';
import { readSeries, type Series } from '../soak/series.ts';
import { type Memory, type ServedProcess, startServed } from '../soak/served-process.ts';
import type { ClassLoad, ClassResult, Load, LoadResult } from './load.ts';
import { ROUTE, subjectOf, writeOverloadProject } from './overload-project.ts';
import { startToolServer, type Strength } from './start-tool-server.ts';

export interface OverloadOptions {
  /** What carries the calls. Default: the built-in proxy. */
  readonly carrier?: Carrier;
  readonly strength: Strength;
  /** Connections to the tool server, about twice as many as it has workers. */
  readonly connections: number;
  /** How long the most that is served is measured, and how long the overload lasts, seconds. */
  readonly atMostS: number;
  readonly overloadS: number;
  /** Interactive calls offered, as a share of the most that is served. */
  readonly interactive: number;
  /** All calls offered, in times of it. */
  readonly times: number;
  /**
   * How calls are offered: so many a second, whatever becomes of them; or by so many times the callers that it takes to reach
   * the most, each of whom calls again as soon as it is answered. Default: the first.
   */
  readonly by?: 'rate' | 'callers';
  readonly onSample?: (sample: Sample) => void;
}

/** The process in the middle of it. */
export interface Sample {
  readonly atS: number;
  readonly residentBytes: number;
  readonly load: number;
}

export interface OverloadReport {
  /** The most calls that are served, a second, by callers that wait for their answers. */
  readonly atMost: number;
  /** Whether more was offered than could be served, whatever became of it. */
  readonly offersMore: boolean;
  readonly overload: LoadResult;
  readonly samples: readonly Sample[];
  /** What was left after a collection of garbage before and after. */
  readonly before: Memory;
  readonly after: Memory;
  readonly series: readonly Series[];
  readonly exitCode: number | null;
}

/** Callers of each class: enough that no one of them is what limits them. */
const CALLERS = 8;
const SAMPLE_MS = 1000;
/** Interactive calls that may wait for a connection: as many as fall due while something else has the machine for a second. */
const PENDING = 400;
/** Connections over which calls arrive in time, of each class. */
const CONNECTIONS = 400;

/** Measures how much a guarded tool server serves, then offers `times` as much, most of it batch and speculative calls. */
export async function runOverload(options: OverloadOptions): Promise<OverloadReport> {
  const issuer = createIssuer();
  using toolServer = await startToolServer(options.strength);
  await using project = await writeOverloadProject({
    upstream: toolServer.url,
    issuer,
    connections: options.connections,
    pending: PENDING,
    listeners: listenerOf(options),
    // Where the tool server is what can do no more, what else runs beside it is no sign of too much work.
    decision: options.by === 'callers' ? '{}' : '{ max_loop_delay_ms: 10000 }',
  });
  await using served = await startServed(project.folder);
  using callers = startLoadGenerator<Load, LoadResult>(new URL('load-process.ts', import.meta.url));
  await using front = await startFront(join(project.folder, 'sallyport.yaml'), options);
  const url = `${front.origins?.agents ?? served.origin}${ROUTE}`;
  const atMost = await mostServed(callers, url, issuer, options);
  await setTimeout(SAMPLE_MS);
  const before = await served.collected();
  await setTimeout(SAMPLE_MS);
  const [overload, samples] = await sampled(
    served,
    callers.run({ url, forMs: options.overloadS * 1000, classes: overloadOf(issuer, options, atMost) }),
    options.onSample,
  );
  const series = readSeries(await served.metrics());
  await setTimeout(SAMPLE_MS);
  const after = await served.collected();
  const offersMore = options.by !== 'callers';
  return { atMost, offersMore, overload, samples, before, after, series, exitCode: await served.drain() };
}

/** Callers that wait for their answers, as many as keep the tool server busy; after a warm-up. */
async function mostServed(
  callers: LoadGenerator<Load, LoadResult>,
  url: string,
  issuer: Issuer,
  { strength, atMostS }: OverloadOptions,
): Promise<number> {
  const load = classOf(issuer, 'interactive', { callers: callersFor(strength) });
  await callers.run({ url, forMs: 1000, classes: [load] });
  const { seconds, classes } = await callers.run({ url, forMs: atMostS * 1000, classes: [load] });
  return (classes[0]?.served ?? 0) / seconds;
}

/** Callers that keep the tool server busy. */
function callersFor({ workers }: Strength): number {
  return workers + 4;
}

function overloadOf(issuer: Issuer, options: OverloadOptions, atMost: number): readonly ClassLoad[] {
  const { interactive, times, by = 'rate', strength } = options;
  const offered = (share: number): ClassLoad['offered'] =>
    by === 'rate'
      ? { perSecond: atMost * share, connections: CONNECTIONS }
      : { callers: Math.round(callersFor(strength) * share) };
  const others = (times - interactive) / 2;
  return [
    classOf(issuer, 'interactive', offered(interactive)),
    classOf(issuer, 'batch', offered(others)),
    classOf(issuer, 'speculative', offered(others)),
  ];
}

function classOf(issuer: Issuer, priority: Priority, offered: ClassLoad['offered']): ClassLoad {
  const tokens = Array.from({ length: CALLERS }, (_, at) => issuer.token(subjectOf(priority, at)));
  return { priority, tokens, offered };
}

async function sampled<T>(
  served: ServedProcess,
  running: Promise<T>,
  onSample: OverloadOptions['onSample'],
): Promise<[T, Sample[]]> {
  const samples: Sample[] = [];
  const startedMs = performance.now();
  const over = new AbortController();
  const look = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const series = readSeries(await served.metrics());
      const load = series.find(({ name }) => name === 'sallyport_load')?.value ?? Number.NaN;
      const atS = (performance.now() - startedMs) / 1000;
      const sample = { atS, residentBytes: await served.resident(), load };
      samples.push(sample);
      onSample?.(sample);
      await setTimeout(SAMPLE_MS, undefined, { signal: over.signal }).catch(() => {});
    }
  };
  const [result] = await Promise.all([running.finally(() => over.abort()), look()]);
  return [result, samples];
}

/** The result of one class. */
export function resultOf({ classes }: LoadResult, priority: Priority): ClassResult {
  const result = classes.find((one) => one.priority === priority);
  if (result === undefined) throw new Error(`no ${priority} calls were offered`);
  return result;
}
