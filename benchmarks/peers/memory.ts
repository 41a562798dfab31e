import { setTimeout as pause } from 'node:timers/promises';
import { generateSigningKey } from '../../src/capability/signing-key.ts';
import { growthOver } from '../../test/soak/growth.ts';
import { inTurns } from '../in-turns.ts';
import { type Bar, type BenchResult, noteMachine, round } from '../result.ts';
import type { GrpcLoad } from './grpc-load-process.ts';
import { type LoadGenerator, startLoadGenerator } from './load-generator.ts';
import { startNoop } from './noop-peers.ts';
import { peerToken } from './peer-project.ts';
import { cpuMicrosAtRest, residentBytes } from './process-usage.ts';
import { startSallyport } from './sallyport-process.ts';
import type { StartedProcess } from './started-process.ts';
import { WORKLOADS } from './workload.ts';

/** How much is run. */
export interface MemoryForm {
  readonly form: 'short' | 'long';
  readonly calls: number;
  /** Times at which memory is looked at, evenly spread. */
  readonly looks: number;
}

export const MEMORY_FORMS: Readonly<Record<'short' | 'long', MemoryForm>> = {
  short: { form: 'short', calls: 100_000, looks: 10 },
  long: { form: 'long', calls: 1_000_000, looks: 20 },
};

export interface MemoryRow {
  readonly target: string;
  /** Resident memory, MB: before the first call, behind the last one, and that again after a full garbage collection. */
  readonly begin: number;
  readonly end: number;
  readonly collected: number;
  /** Of collected memory over the second half of the calls, MB for 100 000 of them. */
  readonly growth: number;
  /** Collected resident memory, MB, each time it was looked at. */
  readonly samples: readonly number[];
}

interface Target {
  readonly name: string;
  readonly process: StartedProcess;
  readonly load: Omit<GrpcLoad, 'calls'>;
  readonly begin: number;
  end: number;
  readonly collected: number[];
}

const NOOP = 'no-op on http2';
const SALLYPORT = 'Sallyport on http2';
const MB = 1e6;
const PROBE = new URL('../../test/soak/collect-on-signal.mjs', import.meta.url).href;
/** The same for both. */
const FLAGS = ['--expose-gc', `--import=${PROBE}`];
/** Time in which the probe collects and says so. */
const COLLECT_MS = 800;
const SERVICE_CPU = 1;
const LOAD_CPU = 0;

/** Asks Sallyport and a no-op on the same engine as Envoy would, and looks at their memory. */
export async function runMemory({ form, calls, looks }: MemoryForm): Promise<BenchResult<MemoryRow>> {
  const machine = noteMachine({ go: null, envoy: null });
  await using started = new AsyncDisposableStack();
  const url = new URL('grpc-load-process.ts', import.meta.url);
  const generator = started.use(startLoadGenerator<GrpcLoad, number>(url, LOAD_CPU));
  const targets = await startBoth(started);
  await inTurns(targets, looks, async (target) => await look(generator, target, Math.ceil(calls / looks)));
  const rows = targets.map((target) => rowOf(target, calls / looks));
  const setting = `${calls} allowed calls of 1 KB, with their access log entries; memory was looked at ${looks} times`;
  return { part: 'memory', form, machine: machine(), setting, rows, bars: barsOf(rows), leftOut: [] };
}

async function startBoth(started: AsyncDisposableStack): Promise<readonly Target[]> {
  const key = await generateSigningKey('EdDSA');
  const token = await peerToken(key);
  const flags = { cpu: SERVICE_CPU, flags: FLAGS };
  const noop = started.use(await startNoop('http2', flags));
  const unreached = 'http://127.0.0.1:1/mcp';
  const sallyport = started.use(
    await startSallyport({ key, upstream: unreached, door: 'ext_authz', engine: 'http2', ...flags }),
  );
  const of = async (name: string, process: StartedProcess & { readonly socket: string }): Promise<Target> => {
    const [workload] = WORKLOADS;
    if (workload === undefined) throw new Error('no workload');
    const named = name !== NOOP;
    return {
      name,
      process,
      load: {
        socket: process.socket,
        headers: 'list',
        workload,
        expected: { verdict: 'allow', named, logs: true },
        token,
        freshTokens: [],
        connections: 4,
        streams: 16,
      },
      begin: await residentBytes(process.pid),
      end: 0,
      collected: [],
    };
  };
  return [await of(NOOP, noop), await of(SALLYPORT, sallyport)];
}

async function look(generator: LoadGenerator<GrpcLoad, number>, target: Target, calls: number): Promise<void> {
  await generator.run({ ...target.load, calls });
  await cpuMicrosAtRest(target.process.pid);
  target.end = await residentBytes(target.process.pid);
  target.process.signal('SIGUSR2');
  await pause(COLLECT_MS);
  await cpuMicrosAtRest(target.process.pid);
  target.collected.push(await residentBytes(target.process.pid));
}

function rowOf({ name, begin, end, collected }: Target, callsBetween: number): MemoryRow {
  const samples = collected.map((bytes, index) => ({ requests: (index + 1) * callsBetween, bytes }));
  const half = samples.slice(Math.floor(samples.length / 2));
  return {
    target: name,
    begin: round(begin / MB),
    end: round(end / MB),
    collected: round((collected.at(-1) ?? Number.NaN) / MB),
    growth: round(growthOver(100_000, half) / MB, 2),
    samples: collected.map((bytes) => round(bytes / MB)),
  };
}

function barsOf(rows: readonly MemoryRow[]): Bar[] {
  const [noop, sallyport] = [NOOP, SALLYPORT].map((name) => rows.find(({ target }) => target === name));
  if (noop === undefined || sallyport === undefined) return [];
  return [
    {
      what: 'resident memory behind the last call, over the no-op',
      limit: 1.25,
      found: round(sallyport.end / noop.end, 2),
    },
    {
      what: 'the same after a full garbage collection',
      limit: 1.25,
      found: round(sallyport.collected / noop.collected, 2),
    },
    { what: 'growth for 100 000 calls, MB', limit: 1, found: sallyport.growth },
  ];
}
