import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { generateSigningKey } from '../../src/capability/signing-key.ts';
import { whyNoEnvoy } from '../../test/envoy/envoy-part.ts';
import { inTurns } from '../in-turns.ts';
import { type LoadGenerator, startLoadGenerator } from '../peers/load-generator.ts';
import { goVersion } from '../../test/e2e/go.ts';
import { agentHeaders, BODIES, peerToken } from '../peers/peer-project.ts';
import { cpuMicrosAtRest } from '../peers/process-usage.ts';
import { startProcess } from '../peers/started-process.ts';
import { type BenchResult, type LeftOut, noteMachine } from '../result.ts';
import { barsOf } from './envoy-bars.ts';
import type { HttpLoad, Latencies, Pace } from './envoy-load-process.ts';
import { envoyVersion } from './envoy-process.ts';
import { type EnvoyRow, rowOf, type Samples } from './envoy-rows.ts';
import { type EnvoyTarget, startTargets } from './envoy-targets.ts';

/** How much is run. */
export interface EnvoyForm {
  readonly form: 'short' | 'long';
  readonly rounds: number;
  readonly calls: number;
  readonly serialCalls: number;
  readonly warmUp: number;
  readonly openRounds: number;
  readonly openSeconds: number;
}

export const ENVOY_FORMS: Readonly<Record<'short' | 'long', EnvoyForm>> = {
  short: { form: 'short', rounds: 2, calls: 200, serialCalls: 50, warmUp: 200, openRounds: 1, openSeconds: 1 },
  long: { form: 'long', rounds: 7, calls: 2000, serialCalls: 300, warmUp: 12_000, openRounds: 3, openSeconds: 4 },
};

/** Calls in progress in the closed loop. */
const AT_ONCE = 16;
export const RATES = [250, 500, 1000] as const;
/** Each started process hears of our own end. */
const MOST_LISTENERS = 50;
/** Between two runs, so that one does not pay for what the one before has left. */
const REST_MS = 200;

type Run = (target: EnvoyTarget, pace: Pace, verdict?: 'allow' | 'deny') => Promise<Latencies>;

/** Sends calls through Envoy, and counts the CPU time of Envoy and of the service that it asks. */
export async function runEnvoy({ form, ...size }: EnvoyForm): Promise<BenchResult<EnvoyRow>> {
  const missing = whyNoEnvoy();
  if (missing !== false) throw new Error(missing);
  process.setMaxListeners(MOST_LISTENERS);
  const machine = noteMachine({ go: goVersion() ?? null, envoy: await envoyVersion() });
  const leftOut: LeftOut[] = [];
  await using started = new AsyncDisposableStack();
  const key = await generateSigningKey('EdDSA');
  const upstream = started.use(await startUpstream());
  const targets = await startTargets({ key, upstream: `http://127.0.0.1:${upstream.found}/mcp` }, started, leftOut);
  const url = new URL('envoy-load-process.ts', import.meta.url);
  const run = runner(started.use(startLoadGenerator<HttpLoad, Latencies>(url)), await peerToken(key));
  const samples: readonly Samples[] = targets.map((target) => ({
    target,
    envoy: [],
    service: [],
    serial: [],
    failed: 0,
    open: new Map(RATES.map((rate) => [rate, []])),
  }));
  for (const target of targets) await warmUp(run, target, size.warmUp);
  await inTurns(samples, size.rounds, async (one) => await measureClosed(run, one, size));
  for (const rate of RATES) {
    await inTurns(samples, size.openRounds, async (one) => await measureOpen(run, one, rate, size.openSeconds));
  }
  const rows = samples.map(rowOf);
  const setting = [
    `${size.rounds} rounds of ${size.calls} calls, ${AT_ONCE} in progress, and ${size.serialCalls} one after the other`,
    `${size.openRounds} rounds of ${size.openSeconds} s at each rate`,
    'Envoy, service, tool server and load generator share all cores',
  ].join('; ');
  return { part: 'envoy', form, machine: machine(), setting, rows, bars: barsOf(rows), leftOut };
}

async function startUpstream() {
  const program = fileURLToPath(new URL('../peers/upstream-process.ts', import.meta.url));
  return await startProcess({ command: process.execPath, args: [program], ready: /^(\d+)$/m });
}

function runner(generator: LoadGenerator<HttpLoad, Latencies>, token: string): Run {
  return async ({ name, url }, pace, verdict = 'allow') => {
    try {
      return await generator.run({
        url,
        headers: agentHeaders(token),
        body: BODIES[verdict].toString(),
        verdict,
        pace,
      });
    } catch (cause) {
      throw new Error(name, { cause });
    }
  };
}

/** What must be refused is, before anything is timed. */
async function warmUp(run: Run, target: EnvoyTarget, calls: number): Promise<void> {
  if (target.judges) await run(target, { kind: 'closed', calls: 20, atOnce: 1 }, 'deny');
  await run(target, { kind: 'closed', calls, atOnce: AT_ONCE });
}

async function measureClosed(run: Run, one: Samples, { calls, serialCalls }: Omit<EnvoyForm, 'form'>): Promise<void> {
  const { target } = one;
  await pause(REST_MS);
  const before = await usage(target);
  const { failed } = await run(target, { kind: 'closed', calls, atOnce: AT_ONCE });
  const after = await usage(target);
  one.failed += failed;
  one.envoy.push((after.envoy - before.envoy) / calls);
  one.service.push((after.service - before.service) / calls);
  one.serial.push(await run(target, { kind: 'closed', calls: serialCalls, atOnce: 1 }));
}

async function measureOpen(run: Run, { target, open }: Samples, perSecond: number, seconds: number): Promise<void> {
  await pause(REST_MS);
  const before = await usage(target);
  const latencies = await run(target, { kind: 'open', perSecond, seconds });
  const after = await usage(target);
  const cpu = (after.envoy + after.service - before.envoy - before.service) / latencies.calls;
  open.get(perSecond)?.push({ latencies, cpu });
}

async function usage({ envoyPid, servicePid }: EnvoyTarget): Promise<{ envoy: number; service: number }> {
  const [envoy, service] = await Promise.all(
    [envoyPid, servicePid].map((pid) => (pid === undefined ? Promise.resolve(0) : cpuMicrosAtRest(pid))),
  );
  return { envoy: envoy ?? 0, service: service ?? 0 };
}
