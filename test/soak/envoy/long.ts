/**
 * The long soak behind Envoy, `npm run test:soak:envoy`, against built files: 100 000 streams of ext_proc on either way in
 * which Envoy ends them, and as many calls that need none; 50 kills, 50 reloads and 20 restarts under load, in both wirings.
 * Prints its report as Markdown and ends with 1 when something does not hold. Takes some fifteen minutes.
 */
import { cpus, loadavg } from 'node:os';
import type { Wiring } from '../../e2e/carriers.ts';
import type { Claim } from '../claim.ts';
import { printCheckpoints, printClaims } from '../print-report.ts';
import { callsClaims } from './calls-claims.ts';
import { killsClaims } from './kills-claims.ts';
import { reloadsClaims } from './reloads-claims.ts';
import { restartsClaims } from './restarts-claims.ts';
import { type CallsOptions, runCalls } from './run-calls.ts';
import { runKills } from './run-kills.ts';
import { runReloads } from './run-reloads.ts';
import { runRestarts } from './run-restarts.ts';

const MIB = 1024 * 1024;
const WIRINGS: readonly Wiring[] = ['authorize', 'inspect'];
const MEMORY = { calls: 100_000, heap: MIB, resident: MIB };
const READY_WITHIN_MS = 1000;
/** Long enough for the allocator to have had its share: before, it grows by some megabytes, in steps. */
const MEASURED = { workers: 2, warmUp: 80_000, checkpoints: 10 };
/** Too few for memory to say anything. */
const JUDGED = { workers: 2, kind: 'list', warmUp: 2000, calls: 50_000, checkpoints: 1 } as const;

const MEASURED_CALLS: readonly CallsOptions[] = [
  { wiring: 'inspect', closing: 'default', kind: 'echo', calls: 100_000, ...MEASURED },
  { wiring: 'inspect', closing: 'graceful', kind: 'echo', calls: 200_000, ...MEASURED },
  { wiring: 'authorize', closing: 'graceful', kind: 'echo', calls: 300_000, ...MEASURED },
];
const JUDGED_LISTS: readonly CallsOptions[] = [
  { wiring: 'authorize', closing: 'default', ...JUDGED },
  { wiring: 'authorize', closing: 'graceful', ...JUDGED },
];

console.log(`Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model}\n`);
const claims: Claim[] = [];

for (const options of MEASURED_CALLS) {
  const report = await runCalls(options);
  tell(titleOf(options), report.seconds, callsClaims(report, MEMORY));
  printCheckpoints(report.checkpoints);
}
for (const options of JUDGED_LISTS) {
  const report = await runCalls(options);
  tell(titleOf(options), report.seconds, callsClaims(report));
}
for (const wiring of WIRINGS) {
  const report = await runKills({ wiring, kills: 50, seed: 1 });
  tell(`50 kills under load, \`${wiring}\``, report.seconds, killsClaims(report, READY_WITHIN_MS));
}
for (const wiring of WIRINGS) {
  const report = await runReloads({ wiring, reloads: 50 });
  tell(`50 reloads under load, \`${wiring}\``, report.seconds, reloadsClaims(report));
}
for (const wiring of WIRINGS) {
  const report = await runRestarts({ wiring, restarts: 20 });
  tell(`20 restarts under load, \`${wiring}\``, report.seconds, restartsClaims(report));
}
process.exitCode = claims.every(({ holds }) => holds) ? 0 : 1;

function titleOf({ wiring, closing, kind, warmUp, calls }: CallsOptions): string {
  const method = kind === 'list' ? 'tools/list' : 'tools/call';
  const ending = closing === 'graceful' ? 'gracefully' : 'as Envoy does by itself';
  return `${warmUp + calls} × ${method}, \`${wiring}\`, streams ended ${ending}`;
}

function tell(title: string, seconds: number, found: readonly Claim[]): void {
  claims.push(...found);
  console.log(`## ${title}, ${seconds.toFixed(0)} s, load of the machine ${loadavg()[0]?.toFixed(1)}\n`);
  printClaims(found);
}
