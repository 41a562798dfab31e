import type { Wiring } from '../../e2e/carriers.ts';
import { seededRandom } from '../random.ts';
import { type DecisionsOnRecord, readDecisions } from './decisions-on-record.ts';
import { openEnvoyBench } from './envoy-bench.ts';
import { LoadTally } from './load-tally.ts';
import { Progress } from './progress.ts';

export interface KillsOptions {
  readonly wiring: Wiring;
  readonly kills: number;
  readonly seed: number;
}

/** What became of calls while Sallyport was killed over and over. */
export interface KillsReport {
  readonly options: KillsOptions;
  readonly seconds: number;
  readonly tally: LoadTally;
  /** JSON-RPC id of each call that reached the tool server → its decision id. */
  readonly received: ReadonlyMap<number, string>;
  /** Calls that reached it a second time. */
  readonly repeated: readonly number[];
  readonly decisions: DecisionsOnRecord;
  /** From each start to the line `ready`, milliseconds. */
  readonly startMs: readonly number[];
  /** CPU time of each start. */
  readonly startCpuMs: readonly number[];
  /** From each start to the end of the first call that was served again. */
  readonly servedMs: readonly number[];
}

const CONNECTIONS = 16;
/** A kill comes after so many calls that were served, at most. */
const MOST_SERVED = 200;
/** Of the calls, how many ask for a list, whose reply is judged. */
const LIST_EVERY = 4;

/** Kills it with SIGKILL in the middle of calls, and starts it again, while callers go on. */
export async function runKills(options: KillsOptions): Promise<KillsReport> {
  const random = seededRandom(options.seed);
  await using bench = await openEnvoyBench({ wiring: options.wiring });
  const tally = new LoadTally();
  const completed = new Progress();
  // A call that was sent after a kill cannot have been allowed before it.
  let sinceMs = 0;
  const load = bench.load({
    connections: CONNECTIONS,
    listEvery: LIST_EVERY,
    onAnswer(answer) {
      tally.add(answer);
      if (answer.reading.kind === 'completed' && answer.sentMs >= sinceMs) completed.step();
    },
  });
  const stop = new AbortController();
  const startedMs = performance.now();
  const calling = load.runUntil(stop.signal);
  const startMs: number[] = [];
  const startCpuMs: number[] = [];
  const servedMs: number[] = [];
  for (let round = 0; round <= options.kills; round += 1) {
    sinceMs = performance.now();
    const first = completed.more(1);
    const served = await bench.serve({ probed: false });
    startMs.push(served.startMs);
    startCpuMs.push(served.startCpuMs);
    await first;
    servedMs.push(performance.now() - sinceMs);
    await completed.more(1 + random.below(MOST_SERVED));
    if (round < options.kills) await served.kill();
    else {
      stop.abort();
      await calling;
      await served.drain();
    }
  }
  load.close();
  const seconds = (performance.now() - startedMs) / 1000;
  const { received, repeated } = bench.upstream;
  const decisions = await readDecisions(bench.folder);
  return { options, seconds, tally, received, repeated, decisions, startMs, startCpuMs, servedMs };
}
