import { generateSigningKey } from '../../src/capability/signing-key.ts';
import { inTurns } from '../in-turns.ts';
import { type BenchResult, type LeftOut, noteMachine } from '../result.ts';
import { type Case, startCases } from './direct-cases.ts';
import { barsOf, type DirectRow, rowsOf } from './direct-rows.ts';
import { callsOf, CONNECTIONS, runLoad, SERVICE_CPU, startDirectGenerator, STREAMS } from './direct-load.ts';
import { goVersion } from '../../test/e2e/go.ts';
import { cpuMicrosAtRest } from './process-usage.ts';
import { readRecorded } from './recorded.ts';

/** How much is run. */
export interface DirectForm {
  readonly form: 'short' | 'long';
  readonly rounds: number;
  /** Calls in a round, of which a case gets its share. */
  readonly calls: number;
  readonly warmUp: number;
}

export const DIRECT_FORMS: Readonly<Record<'short' | 'long', DirectForm>> = {
  short: { form: 'short', rounds: 3, calls: 400, warmUp: 400 },
  long: { form: 'long', rounds: 9, calls: 4000, warmUp: 45_000 },
};

/** Each started process hears of our own end. */
const MOST_LISTENERS = 50;

/** Asks services over gRPC as Envoy would, and counts their CPU time. */
export async function runDirect({ form, rounds, calls, warmUp }: DirectForm): Promise<BenchResult<DirectRow>> {
  process.setMaxListeners(MOST_LISTENERS);
  const machine = noteMachine({ go: goVersion() ?? null, envoy: (await readRecorded()).envoy });
  const leftOut: LeftOut[] = [];
  await using started = new AsyncDisposableStack();
  const key = await generateSigningKey('EdDSA');
  const cases = await startCases({ key, cpu: SERVICE_CPU, started, leftOut });
  const generator = started.use(startDirectGenerator());
  const load = (one: Case, count: number) => runLoad(generator, one, key, callsOf(one, count));
  for (const one of cases) await load(one, warmUp);
  await inTurns(cases, rounds, async (one) => {
    const before = await cpuMicrosAtRest(one.target.pid);
    await load(one, calls);
    one.samples.push(((await cpuMicrosAtRest(one.target.pid)) - before) / callsOf(one, calls));
  });
  const rows = rowsOf(cases);
  const setting = `${rounds} rounds of ${calls} calls (lists: a tenth, OPA: a quarter), ${CONNECTIONS} connections with ${STREAMS} calls in progress each`;
  return { part: 'direct', form, machine: machine(), setting, rows, bars: barsOf(rows), leftOut };
}
