import { generateSigningKey, type SigningKey } from '../../src/capability/signing-key.ts';
import { inTurns } from '../in-turns.ts';
import { type BenchResult, type LeftOut, noteMachine } from '../result.ts';
import { type Case, startCases } from './direct-cases.ts';
import { barsOf, type DirectRow, rowsOf } from './direct-rows.ts';
import type { GrpcLoad } from './grpc-load-process.ts';
import { type LoadGenerator, startLoadGenerator } from './load-generator.ts';
import { goVersion } from './noop-peers.ts';
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
  long: { form: 'long', rounds: 9, calls: 4000, warmUp: 20_000 },
};

const CONNECTIONS = 4;
const STREAMS = 16;
/** CPUs that the service and the load generator are kept on. */
const SERVICE_CPU = 1;
const LOAD_CPU = 0;
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
  const generator = started.use(
    startLoadGenerator<GrpcLoad, number>(new URL('grpc-load-process.ts', import.meta.url), LOAD_CPU),
  );
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

function callsOf({ share }: Case, calls: number): number {
  return Math.ceil(calls * share);
}

async function runLoad(
  generator: LoadGenerator<GrpcLoad, number>,
  { target, workload, expected }: Case,
  key: SigningKey,
  calls: number,
): Promise<void> {
  const fresh = workload.freshEvery === 0 ? 0 : Math.ceil(calls / workload.freshEvery);
  const freshTokens = await Promise.all(Array.from({ length: fresh }, () => target.mint(key)));
  const shape = { connections: CONNECTIONS, streams: STREAMS };
  try {
    await generator.run({
      socket: target.socket,
      headers: target.headers,
      workload,
      expected,
      token: target.token,
      freshTokens,
      calls,
      ...shape,
    });
  } catch (cause) {
    throw new Error(`${target.name}: ${workload.title}`, { cause });
  }
}
