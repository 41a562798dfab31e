import { type Claim, listCounts } from '../soak/claim.ts';
import type { ChaosResult, Tried } from './chaos-result.ts';
import { type FrozenReport, isJudged } from './frozen-redis.ts';
import type { OverloadReport } from './overload.ts';
import type { TrialReport } from './trial-report.ts';

/** A result as Markdown. */
export function chaosText(result: ChaosResult): string {
  const { groups, frozen, overload, leftOut } = result;
  return [
    machineText(result),
    ...Object.entries(groups).flatMap(([title, trials]) => [`### ${title}`, trialTable(trials)]),
    ...(frozen === null
      ? []
      : [`### Redis stopped at ${frozen.report.options.perSecond} calls a second`, frozenText(frozen)]),
    ...(overload === null
      ? []
      : [`### ${overload.report.options.times} times as many callers`, overloadText(overload)]),
    '### What did not hold',
    failures(result),
    ...(leftOut.length === 0
      ? []
      : [
          table(
            ['left out'],
            leftOut.map((what) => [what]),
          ),
        ]),
  ].join('\n\n');
}

function machineText({ form, machine }: ChaosResult): string {
  const { began, cpu, cores, node, commit, loadBefore, loadAfter } = machine;
  return [
    ...(form === 'short' ? ['**A short run, made to see that it works. Its times say little.**', ''] : []),
    `${began.slice(0, 16).replace('T', ' ')} UTC, ${cores} cores (${cpu}), Node ${node}, commit ${commit ?? 'unknown'}.`,
    `Load average ${loadBefore.toFixed(1)} before and ${loadAfter.toFixed(1)} behind it.`,
  ].join('\n');
}

function trialTable(trials: readonly Tried<TrialReport>[]): string {
  return table(
    [
      'while',
      'carried by',
      'callers are told',
      'p99 before / while / after, ms',
      'slowest, ms',
      'as before after, ms',
      'holds',
    ],
    trials.map(({ report, claims }) => {
      const { what, carrier, told, before, during, after, recoveryMs } = report;
      const slowest = Math.max(before.slowest, during.slowest, after.slowest);
      return [
        what,
        carrier,
        listCounts(new Map(Object.entries(told))),
        `${before.p99} / ${during.p99} / ${after.p99}`,
        `${slowest}`,
        recoveryMs === null ? 'never' : `${recoveryMs}`,
        verdictOf(claims),
      ];
    }),
  );
}

function frozenText({ report, claims }: Tried<FrozenReport>): string {
  const { options, sound, unsound } = report;
  const counted = `${sound} times for ${options.frozenMs} ms.`;
  const leftOut = unsound.length === 0 ? '' : ` Left out, because the machine had no time: ${unsound.join('; ')}.`;
  const judged = isJudged(report) ? '' : ' **The machine was too busy: times are not judged.**';
  return [`${counted}${leftOut}${judged}`, claimTable(claims)].join('\n\n');
}

function overloadText({ report, claims }: Tried<OverloadReport>): string {
  const { atOnce, times, seconds } = report.options;
  const setting = `Room for ${atOnce} calls at once, ${atOnce * times} callers, ${seconds} s.`;
  return [`${setting} The slowest call took ${report.slowest} ms.`, claimTable(claims)].join('\n\n');
}

function claimTable(claims: readonly Claim[]): string {
  return table(
    ['a call', 'found', 'holds'],
    claims.map(({ text, found, holds }) => [text, found, holds ? 'yes' : '**no**']),
  );
}

/** Something that was tried, and a claim about it that does not hold. */
interface Failure extends Claim {
  readonly of: string;
}

/** What was tried and does not hold. */
export function failuresOf({ groups, frozen, overload }: ChaosResult): readonly Failure[] {
  const failed = (of: string, claims: readonly Claim[]): Failure[] =>
    claims.filter(({ holds }) => !holds).map((claim) => ({ of, ...claim }));
  return [
    ...Object.values(groups).flatMap((trials) =>
      trials.flatMap(({ report, claims }) => failed(`${report.id}, ${report.carrier}`, claims)),
    ),
    ...failed('redis stopped', frozen?.claims ?? []),
    ...failed('overload', overload?.claims ?? []),
  ];
}

function failures(result: ChaosResult): string {
  const all = failuresOf(result);
  if (all.length === 0) return 'Nothing.';
  return table(
    ['of', 'a call', 'found'],
    all.map(({ of, text, found }) => [of, text, found]),
  );
}

function verdictOf(claims: readonly Claim[]): string {
  const failed = claims.filter(({ holds }) => !holds).length;
  return failed === 0 ? `all ${claims.length}` : `**${claims.length - failed} of ${claims.length}**`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
