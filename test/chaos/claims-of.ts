import { type Claim, megabytes } from '../soak/claim.ts';
import { SPARE_FILES } from './calling.ts';
import type { ChaosFault, Expected } from './fault.ts';
import { INSTANCES } from './stage.ts';
import type { TrialForm } from './trial-form.ts';
import type { TrialReport } from './trial-report.ts';

/** What one trial may leave on the heap: code and caches that it is the first to need. What grows is looked for elsewhere. */
const HEAP = 8 * 1024 * 1024;

/** What must hold under every fault, held against a trial. Each reads on from "While Redis is killed, a call …". */
export function claimsOf({ expected }: ChaosFault, report: TrialReport, form: TrialForm): Claim[] {
  return [
    ...runClaims(report),
    ...limitClaims(report, expected, form),
    ...answerClaims(report, expected, form),
    ...leftClaims(report),
  ];
}

function runClaims({ ran, ranTwice, ranWithoutIntent, ranThoughRefused }: TrialReport): Claim[] {
  return [
    {
      text: 'runs only with an intent on record',
      holds: ranWithoutIntent === 0,
      found: `${ran.strict + ran.shared} ran, ${ranWithoutIntent} without`,
    },
    { text: 'runs at most once', holds: ranTwice === 0, found: `${ranTwice} ran twice` },
    {
      text: 'that is refused does not run',
      holds: ranThoughRefused === 0,
      found: `${ranThoughRefused} ran`,
    },
  ];
}

function limitClaims({ ran }: TrialReport, { burstsAgain = 0 }: Expected, { burst }: TrialForm): Claim[] {
  const strict = burst * (1 + burstsAgain);
  const shared = strict + Math.floor(burst / INSTANCES);
  return [
    {
      text: 'passes a limit that is closed not once too often',
      holds: ran.strict <= strict,
      found: `${ran.strict} of ${strict}`,
    },
    {
      text: 'passes one that is counted locally at most as often as the share says',
      holds: ran.shared <= shared,
      found: `${ran.shared} of ${shared}`,
    },
  ];
}

function answerClaims(report: TrialReport, expected: Expected, form: TrialForm): Claim[] {
  const { cut } = expected;
  const waitsAtMostMs = Math.max(form.waitsAtMostMs, expected.waitsAtMostMs ?? 0);
  const recoversWithinMs = Math.max(form.recoversWithinMs, expected.recoversWithinMs ?? 0);
  const { before, during, after, recoveryMs, told } = report;
  const slowest = Math.max(before.slowest, during.slowest, after.slowest);
  const said = Object.keys(told);
  const other = Object.keys(report.cut).filter((what) => cut?.test(what) !== true);
  return [
    {
      text: 'is told what is wrong',
      holds: expected.seen.every((pattern) => said.some((one) => pattern.test(one))),
      found: Object.entries(told)
        .map(([what, count]) => `${what}: ${count}`)
        .join(', '),
    },
    {
      text: 'gets a whole answer',
      holds: other.length === 0,
      found: other.length === 0 ? `all but ${Object.values(report.cut).reduce((a, b) => a + b, 0)}` : other.join('; '),
    },
    {
      text: 'waits no longer than it may',
      holds: slowest <= waitsAtMostMs,
      found: `${slowest} of ${waitsAtMostMs} ms`,
    },
    {
      text: 'is served as before soon after',
      holds: recoveryMs !== null && recoveryMs <= recoversWithinMs,
      found: recoveryMs === null ? 'never' : `${recoveryMs} ms`,
    },
  ];
}

/** Lines of a log that a fault may cause, each second. */
const LINES_PER_SECOND = 25;
const SPARE_LINES = 20;

function leftClaims({ atRest, logged, seconds }: TrialReport): Claim[] {
  const lines = Object.values(logged).reduce((sum, count) => sum + count, 0);
  const isQuiet = {
    text: 'does not flood the log',
    holds: lines <= SPARE_LINES + LINES_PER_SECOND * seconds,
    found: `${lines} lines`,
  };
  if (atRest === null) return [isQuiet];
  const { before, after } = atRest;
  return [
    isQuiet,
    {
      text: 'leaves no descriptor',
      holds: after.openFiles <= before.openFiles + SPARE_FILES,
      found: `${before.openFiles} before, ${after.openFiles} after`,
    },
    {
      text: 'leaves no memory',
      holds: after.heap - before.heap <= HEAP,
      found: `${megabytes(before.heap)} before, ${megabytes(after.heap)} after`,
    },
  ];
}
