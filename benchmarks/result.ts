import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';

/** What a part of the benchmarks found, as it is kept under `results/`. */
export interface BenchResult<Row = unknown> {
  readonly part: 'direct' | 'envoy' | 'memory' | 'limits';
  /** `short` is to see that it works: its numbers say little. */
  readonly form: 'short' | 'long';
  readonly machine: Machine;
  /** How much was run, in words. */
  readonly setting: string;
  readonly rows: readonly Row[];
  readonly bars: readonly Bar[];
  readonly leftOut: readonly LeftOut[];
}

export interface Machine {
  /** ISO 8601. */
  readonly began: string;
  readonly ended: string;
  readonly cpu: string;
  readonly cores: number;
  readonly node: string;
  readonly go: string | null;
  readonly envoy: string | null;
  readonly commit: string | null;
  /** Load of the last minute, before and after. */
  readonly loadBefore: number;
  readonly loadAfter: number;
}

/** What was to be reached. */
export interface Bar {
  readonly what: string;
  /** Largest value. */
  readonly limit: number;
  /** `null`: it was not measured. */
  readonly found: number | null;
}

export interface LeftOut {
  readonly what: string;
  readonly why: string;
}

/** Notes what there is to say of the machine when a part begins; what comes back ends the note. */
export function noteMachine(versions: Pick<Machine, 'go' | 'envoy'>): () => Machine {
  const began = new Date().toISOString();
  const [loadBefore = 0] = loadavg();
  return () => ({
    began,
    ended: new Date().toISOString(),
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    node: process.versions.node,
    ...versions,
    commit: commit(),
    loadBefore,
    loadAfter: loadavg()[0] ?? 0,
  });
}

/** Writes it as `results/DATE-PART.json`, over one of the same day. */
export async function writeResult(result: BenchResult): Promise<string> {
  const folder = new URL('results/', import.meta.url);
  await mkdir(folder, { recursive: true });
  const file = new URL(`${result.machine.began.slice(0, 10)}-${result.part}.json`, folder);
  await writeFile(file, `${JSON.stringify(result, undefined, 2)}\n`);
  return file.pathname;
}

/** Rounded to what the measurement can tell. */
export function round(value: number, digits = 1): number {
  return Number(value.toFixed(digits));
}

function commit(): string | null {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
      cwd: import.meta.dirname,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return null;
  }
}
