import type { LoadAnswer } from '../../envoy/load/call-load.ts';
import type { Wiring } from '../../e2e/carriers.ts';
import { openEnvoyBench, policyOf } from './envoy-bench.ts';
import { LoadTally } from './load-tally.ts';
import { Progress } from './progress.ts';

export interface ReloadsOptions {
  readonly wiring: Wiring;
  readonly reloads: number;
}

/** Rules that were in force, and when. */
export interface Turn {
  readonly effect: 'allow' | 'deny';
  /** When they were written: not before that could a call be answered by them. */
  readonly writtenMs: number;
  /** When they were seen to be in force: no call that is sent later may be answered by others. */
  readonly inForceMs: number;
}

/** What became of calls while the rules changed over and over. */
export interface ReloadsReport {
  readonly options: ReloadsOptions;
  readonly seconds: number;
  readonly tally: LoadTally;
  readonly answers: readonly LoadAnswer[];
  readonly turns: readonly Turn[];
  /** Ids of the calls that reached the tool server. */
  readonly received: ReadonlySet<number>;
}

const CONNECTIONS = 16;
/** Answers between two reloads. */
const ANSWERS = 100;

/** Has the policy allow and deny `echo` in turns while it is called. */
export async function runReloads(options: ReloadsOptions): Promise<ReloadsReport> {
  await using bench = await openEnvoyBench({ wiring: options.wiring });
  await bench.setPolicy(policyOf('allow'));
  await using served = await bench.serve({ probed: false });
  const tally = new LoadTally();
  const answers: LoadAnswer[] = [];
  const progress = new Progress();
  const load = bench.load({
    connections: CONNECTIONS,
    onAnswer(answer) {
      tally.add(answer);
      answers.push(answer);
      progress.step();
    },
  });
  const stop = new AbortController();
  const startedMs = performance.now();
  const calling = load.runUntil(stop.signal);
  const turns: Turn[] = [{ effect: 'allow', writtenMs: 0, inForceMs: 0 }];
  for (let round = 0; round < options.reloads; round += 1) {
    await progress.more(ANSWERS);
    const effect = round % 2 === 0 ? 'deny' : 'allow';
    const writtenMs = performance.now();
    await bench.setPolicy(policyOf(effect));
    await served.reload();
    turns.push({ effect, writtenMs, inForceMs: performance.now() });
  }
  await progress.more(ANSWERS);
  stop.abort();
  await calling;
  load.close();
  const seconds = (performance.now() - startedMs) / 1000;
  return { options, seconds, tally, answers, turns, received: new Set(bench.upstream.received.keys()) };
}
