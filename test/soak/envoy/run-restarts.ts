import { setTimeout } from 'node:timers/promises';
import type { Wiring } from '../../e2e/carriers.ts';
import { type DecisionsOnRecord, readDecisions } from './decisions-on-record.ts';
import { openEnvoyBench } from './envoy-bench.ts';
import { LoadTally } from './load-tally.ts';
import { Progress } from './progress.ts';

export interface RestartsOptions {
  readonly wiring: Wiring;
  readonly restarts: number;
}

/** What became of calls while Sallyport was stopped as it should be, over and over. */
export interface RestartsReport {
  readonly options: RestartsOptions;
  readonly seconds: number;
  readonly tally: LoadTally;
  /** JSON-RPC id of each call that reached the tool server → its decision id. */
  readonly received: ReadonlyMap<number, string>;
  readonly decisions: DecisionsOnRecord;
  readonly stops: readonly Stop[];
}

export interface Stop {
  readonly exitCode: number | null;
  /** From SIGTERM to the end of the process. */
  readonly ms: number;
  /** Calls that were at the tool server when it was told to stop. */
  readonly open: number;
}

const CONNECTIONS = 16;
/** Calls that are served between two stops. */
const SERVED = 100;
/** So that calls are at the tool server at every moment, milliseconds. */
const DELAY_MS = 40;
const LIST_EVERY = 4;

/** Stops it with SIGTERM in the middle of calls, and starts it again, while callers go on. */
export async function runRestarts(options: RestartsOptions): Promise<RestartsReport> {
  await using bench = await openEnvoyBench({ wiring: options.wiring });
  bench.upstream.delayMs = DELAY_MS;
  const tally = new LoadTally();
  const completed = new Progress();
  const load = bench.load({
    connections: CONNECTIONS,
    listEvery: LIST_EVERY,
    onAnswer(answer) {
      tally.add(answer);
      if (answer.reading.kind === 'completed') completed.step();
    },
  });
  const stop = new AbortController();
  const startedMs = performance.now();
  const calling = load.runUntil(stop.signal);
  const stops: Stop[] = [];
  for (let round = 0; round < options.restarts; round += 1) {
    await using served = await bench.serve({ probed: false });
    await completed.more(SERVED);
    while (bench.upstream.open < CONNECTIONS / 2) await setTimeout(1);
    const { open } = bench.upstream;
    const toldMs = performance.now();
    const exitCode = await served.drain();
    stops.push({ exitCode, ms: performance.now() - toldMs, open });
  }
  stop.abort();
  await calling;
  load.close();
  const seconds = (performance.now() - startedMs) / 1000;
  const { received } = bench.upstream;
  return { options, seconds, tally, received, stops, decisions: await readDecisions(bench.folder) };
}
