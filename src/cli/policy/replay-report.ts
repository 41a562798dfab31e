import type { RuleVerdict } from '../../policy/replay/recorded-call.ts';
import type { Replayed } from '../../policy/replay/replay-call.ts';
import { boundText } from '../../kit/bound-text.ts';
import type { ReplayableRecord } from './recorded-calls.ts';

/** What the candidate says, as it is counted. */
export type Now = RuleVerdict | 'indeterminate';

/** Calls of one caller to one target that one rule turned the same way. */
export interface Group {
  readonly was: RuleVerdict;
  readonly now: Now;
  readonly server: string;
  readonly method: string;
  readonly target: string;
  readonly caller: string;
  /** The rules that decide now, or that read what is not recorded. */
  readonly rules: readonly string[];
  /** The first such decision. */
  readonly first: string;
  calls: number;
}

/** The outcome of a replay. */
export interface ReplayReport {
  /** Decisions that were replayed. */
  readonly calls: number;
  /** How many were `was` and are `now`, where there are any. */
  readonly matrix: readonly { readonly was: RuleVerdict; readonly now: Now; readonly calls: number }[];
  /** What is not as it was, most calls first; at most so many that a person can look at them. */
  readonly groups: readonly Group[];
  /** Groups beyond those. */
  readonly moreGroups: number;
  /** Decisions after one in their flow that would now be refused: they might never have been asked for. */
  readonly downstream: number;
}

/** Most groups that are kept: names in the record may come from hostile callers. */
const MAX_GROUPS = 1000;
const MAX_FLOWS = 100_000;

/** Counts what a replay says of one decision after the other, in the order of the record. */
export class ReplayTally {
  readonly #matrix = new Map<string, { was: RuleVerdict; now: Now; calls: number }>();
  readonly #groups = new Map<string, Group>();
  readonly #flipped = new Set<string>();
  #moreGroups = 0;
  #calls = 0;
  #downstream = 0;

  add(record: ReplayableRecord, replayed: Replayed): void {
    const { said: was } = record.call;
    const now = replayed.kind === 'told' ? replayed.says : replayed.kind;
    this.#calls += 1;
    this.#follow(record.flow, was === 'allow' && now !== 'allow' && now !== 'indeterminate');
    const cell = this.#matrix.get(`${was} ${now}`) ?? { was, now, calls: 0 };
    this.#matrix.set(`${was} ${now}`, cell);
    cell.calls += 1;
    if (was !== now) this.#group(record, now, rulesOf(replayed));
  }

  get report(): ReplayReport {
    return {
      calls: this.#calls,
      matrix: [...this.#matrix.values()],
      groups: [...this.#groups.values()].toSorted((one, other) => other.calls - one.calls),
      moreGroups: this.#moreGroups,
      downstream: this.#downstream,
    };
  }

  #follow(flow: string | undefined, refusedNow: boolean): void {
    if (flow === undefined) return;
    if (this.#flipped.has(flow)) this.#downstream += 1;
    else if (refusedNow && this.#flipped.size < MAX_FLOWS) this.#flipped.add(flow);
  }

  #group({ call, caller }: ReplayableRecord, now: Now, rules: readonly string[]): void {
    const { said: was, server, method, target, decisionId: first } = call;
    const named = target.kind === 'resource' ? target.uri : 'name' in target ? target.name : '';
    const key = JSON.stringify([was, now, server, method, named, caller, rules]);
    const known = this.#groups.get(key);
    if (known !== undefined) known.calls += 1;
    else if (this.#groups.size >= MAX_GROUPS) this.#moreGroups += 1;
    else this.#groups.set(key, { was, now, server, method, target: named, caller, rules, first, calls: 1 });
  }
}

function rulesOf(replayed: Replayed): readonly string[] {
  if (replayed.kind === 'indeterminate') return replayed.rules;
  return replayed.rule === undefined ? [] : [replayed.rule];
}

const VERDICTS = ['allow', 'deny', 'error'] as const;
const COLUMNS = [...VERDICTS, 'indeterminate'] as const;
const WIDTH = 15;

/** The report for a person. Everything in it may come from hostile callers, so each part is bounded. */
export function printReport(report: ReplayReport): string {
  const head = ['', ...COLUMNS.map((now) => `now ${printNow(now)}`)];
  const rows = VERDICTS.map((was) => [`was ${was}`, ...COLUMNS.map((now) => String(countOf(report, was, now)))]);
  const table = [head, ...rows].map((row) =>
    row
      .map((cell) => cell.padEnd(WIDTH))
      .join('')
      .trimEnd(),
  );
  return [...table, ...groupLines(report), ...downstreamLine(report)].join('\n');
}

function printNow(now: Now): string {
  return now === 'indeterminate' ? 'unknown' : now;
}

function countOf({ matrix }: ReplayReport, was: RuleVerdict, now: Now): number {
  return matrix.find((cell) => cell.was === was && cell.now === now)?.calls ?? 0;
}

function groupLines({ groups, moreGroups }: ReplayReport): readonly string[] {
  if (groups.length === 0) return [];
  const more = moreGroups === 0 ? [] : [`and ${moreGroups} more`];
  return ['', ...groups.map(groupLine), ...more];
}

function groupLine({ was, now, server, method, target, caller, rules, first, calls }: Group): string {
  const why = now === 'indeterminate' ? 'reads what is not recorded' : 'decides';
  const rule = rules.length === 0 ? 'no rule' : `${rules.map((id) => boundText(id, 100)).join(', ')} ${why}`;
  const what = [server, method, target]
    .map((part) => boundText(part, 200))
    .join(' ')
    .trimEnd();
  return `${was} -> ${printNow(now)}  ${calls} x  ${what}  by ${boundText(caller, 200)}  ${rule}  first ${first}`;
}

function downstreamLine({ downstream }: ReplayReport): readonly string[] {
  if (downstream === 0) return [];
  return [
    '',
    `${downstream} decisions come after one in their flow that would now be refused: they might not have been.`,
  ];
}
