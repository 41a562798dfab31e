/**
 * The chaos suite, `npm run test:chaos`: every fault of `faults.ts` by each of its carriers, against built files and real parts.
 *
 *   node test/chaos/long.ts [ID…] [--short] [--write]
 *
 * With ids, or beginnings of them, only those are tried. `--short` is what runs with every test: times are not judged. `--write`
 * keeps the result under `test/chaos/results/` and renders it into `docs/chaos.md`. Prints Markdown, and ends with 1 when something
 * does not hold. The long form takes some twenty minutes and wants a machine that does nothing else.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { noteMachine } from '../../benchmarks/result.ts';
import type { Claim } from '../soak/claim.ts';
import { type ChaosResult, type Tried, writeChaosResult } from './chaos-result.ts';
import { chaosText, failuresOf } from './chaos-text.ts';
import { claimsOf } from './claims-of.ts';
import { whyNoCompiler } from './clock-faults.ts';
import type { ChaosFault } from './fault.ts';
import { FAULTS } from './faults.ts';
import { frozenClaims, type FrozenReport, isJudged, runFrozenRedis } from './frozen-redis.ts';
import { overloadClaims, type OverloadReport, runOverload } from './overload.ts';
import { runTrial } from './trial.ts';
import { TRIAL_FORMS } from './trial-form.ts';
import type { TrialReport } from './trial-report.ts';

const FROZEN = {
  short: { perSecond: 200, rounds: 3, warmUp: 1, frozenMs: 1000, aroundMs: 1000 },
  long: { perSecond: 1000, rounds: 12, warmUp: 4, frozenMs: 3000, aroundMs: 2000 },
};
const OVERLOAD = {
  short: { atOnce: 4, times: 10, seconds: 2 },
  long: { atOnce: 16, times: 10, seconds: 60 },
};

const { values, positionals } = parseArgs({
  options: { short: { type: 'boolean', default: false }, write: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const form = values.short ? 'short' : 'long';
if (values.write && (values.short || positionals.length > 0)) throw new Error('only a whole long run is kept');
const isWanted = (id: string): boolean =>
  positionals.length === 0 || positionals.some((beginning) => id.startsWith(beginning));

process.setMaxListeners(50);
const machine = noteMachine({ go: null, envoy: null });
const leftOut: string[] = [];
const groups: Record<string, Tried<TrialReport>[]> = {};
for (const [title, faults] of Object.entries<readonly ChaosFault[]>(FAULTS)) {
  const tried: Tried<TrialReport>[] = [];
  for (const fault of faults.filter(({ id }) => isWanted(id))) tried.push(...(await tryFault(fault)));
  if (tried.length > 0) groups[title] = tried;
}
const frozen = isWanted('frozen') ? await tryFrozen() : null;
const overload = isWanted('overload') ? await tryOverload() : null;
const result: ChaosResult = { form, machine: machine(), groups, frozen, overload, leftOut };
console.log(chaosText(result));
if (values.write) {
  console.log(`\nwritten: ${await writeChaosResult(result)}`);
  spawnSync(process.execPath, [fileURLToPath(new URL('../../scripts/generate-chaos.ts', import.meta.url))], {
    stdio: 'inherit',
  });
}
process.exit(failuresOf(result).length === 0 ? 0 : 1);

async function tryFault(fault: ChaosFault): Promise<Tried<TrialReport>[]> {
  const tried: Tried<TrialReport>[] = [];
  if (fault.id.startsWith('clock-') && whyNoCompiler() !== false) {
    leftOut.push(`${fault.what} (${whyNoCompiler()})`);
    return tried;
  }
  for (const carrier of fault.carriers ?? (['proxy'] as const)) {
    const report = await runTrial(fault, carrier, TRIAL_FORMS[form]);
    const claims = claimsOf(fault, report, TRIAL_FORMS[form]);
    tell(`${fault.id}, ${carrier}`, claims);
    tried.push({ report, claims });
  }
  return tried;
}

async function tryFrozen(): Promise<Tried<FrozenReport>> {
  const report = await runFrozenRedis(FROZEN[form]);
  const claims = frozenClaims(report);
  tell('frozen', claims);
  if (!isJudged(report)) console.error(`frozen: machine too busy, times are not judged: ${report.unsound.join('; ')}`);
  return { report, claims };
}

async function tryOverload(): Promise<Tried<OverloadReport>> {
  const report = await runOverload(OVERLOAD[form]);
  const claims = overloadClaims(report, { timed: form === 'long' });
  tell('overload', claims);
  return { report, claims };
}

/** Says how far the run is, and what did not hold, while it goes on. */
function tell(what: string, claims: readonly Claim[]): void {
  const failed = claims.filter(({ holds }) => !holds).map(({ text, found }) => `${text}: ${found}`);
  console.error(`${what}: ${failed.length === 0 ? 'holds' : `does not hold: a call ${failed.join('; ')}`}`);
}
