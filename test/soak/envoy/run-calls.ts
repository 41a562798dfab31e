import type { LoadKind } from '../../envoy/load/load-message.ts';
import type { Wiring } from '../../e2e/carriers.ts';
import { type Checkpoint, takeCheckpoint } from '../checkpoint.ts';
import { type DecisionsOnRecord, readDecisions } from './decisions-on-record.ts';
import { type Closing, openEnvoyBench } from './envoy-bench.ts';
import { type EnvoyCounters, readEnvoyCounters } from './envoy-counters.ts';
import { LoadTally } from './load-tally.ts';

export interface CallsOptions {
  readonly wiring: Wiring;
  readonly closing: Closing;
  /** What is called. `list` has a reply that is judged. */
  readonly kind: LoadKind;
  /** Threads of Envoy: the fewer, the more calls are on one connection. */
  readonly workers: number;
  /** Calls before memory is compared, an even number; the first half of them from a crowd. */
  readonly warmUp: number;
  /** Calls afterwards. */
  readonly calls: number;
  /** How often memory is looked at during those. */
  readonly checkpoints: number;
}

/** Many calls of one kind through a real Envoy. */
export interface CallsReport {
  readonly options: CallsOptions;
  readonly seconds: number;
  readonly tally: LoadTally;
  /** Decision id of each call that reached the tool server. */
  readonly received: readonly string[];
  readonly envoy: EnvoyCounters;
  readonly decisions: DecisionsOnRecord;
  /** The first is the end of the warm-up. The connections of the callers stay open. */
  readonly checkpoints: readonly Checkpoint[];
  readonly exitCode: number | null;
  readonly drainMs: number;
}

const CONNECTIONS = 16;
/** So many at once, at the beginning: what is needed at most for that is needed from there on. */
const CROWD = 128;

/** Makes them, one after the other on each of sixteen connections. */
export async function runCalls(options: CallsOptions): Promise<CallsReport> {
  const { wiring, closing, kind, workers, warmUp, calls, checkpoints } = options;
  await using bench = await openEnvoyBench({ wiring, closing, workers });
  await using served = await bench.serve();
  const tally = new LoadTally();
  const load = bench.load({
    connections: CONNECTIONS,
    listEvery: kind === 'list' ? 1 : 0,
    onAnswer: (answer) => tally.add(answer),
  });
  const startedMs = performance.now();
  await load.run(warmUp / 2, CROWD);
  await load.run(warmUp / 2);
  const found = [await takeCheckpoint(served, tally.calls)];
  for (let part = 0; part < checkpoints; part++) {
    await load.run(Math.ceil(calls / checkpoints));
    found.push(await takeCheckpoint(served, tally.calls));
  }
  const seconds = (performance.now() - startedMs) / 1000;
  const envoy = await readEnvoyCounters(bench.envoy);
  const drainedMs = performance.now();
  const exitCode = await served.drain();
  const drainMs = performance.now() - drainedMs;
  load.close();
  const decisions = await readDecisions(bench.folder);
  const received = [...bench.upstream.received.values()];
  return { options, seconds, tally, received, envoy, decisions, checkpoints: found, exitCode, drainMs };
}
