import { mkdir, writeFile } from 'node:fs/promises';
import type { Machine } from '../../benchmarks/result.ts';
import type { Claim } from '../soak/claim.ts';
import type { FrozenReport } from './frozen-redis.ts';
import type { OverloadReport } from './overload.ts';
import type { TrialReport } from './trial-report.ts';

/** Something that was tried, and what was held against it. */
export interface Tried<Report> {
  readonly report: Report;
  readonly claims: readonly Claim[];
}

/** What a run of the suite found, as it is kept under `results/`. */
export interface ChaosResult {
  readonly form: 'short' | 'long';
  readonly machine: Machine;
  /** Trials by what the fault is done to. */
  readonly groups: Readonly<Record<string, readonly Tried<TrialReport>[]>>;
  readonly frozen: Tried<FrozenReport> | null;
  readonly overload: Tried<OverloadReport> | null;
  /** Faults that could not be tried, and why. */
  readonly leftOut: readonly string[];
}

/** Writes it as `results/DATE.json`, over one of the same day. */
export async function writeChaosResult(result: ChaosResult): Promise<string> {
  const folder = new URL('results/', import.meta.url);
  await mkdir(folder, { recursive: true });
  const file = new URL(`${result.machine.began.slice(0, 10)}.json`, folder);
  await writeFile(file, `${JSON.stringify(result, undefined, 2)}\n`);
  return file.pathname;
}
