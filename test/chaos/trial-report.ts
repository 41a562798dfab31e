import type { Carrier } from '../e2e/carriers.ts';
import { type ChaosAnswer, isWell, saying } from './answers.ts';
import type { ServerName } from './stage.ts';

/** What became of one fault, as it is kept. Times are milliseconds, sizes bytes. */
export interface TrialReport {
  readonly id: string;
  readonly what: string;
  readonly carrier: Carrier;
  readonly seconds: number;
  /** How long the fault lasted. */
  readonly faultMs: number;
  /** Calls before it, while it lasted and once all was well again, by when they were sent. */
  readonly before: Phase;
  readonly during: Phase;
  readonly after: Phase;
  /** From its end to the last answer that was not as usual; `null` when it never was so again. */
  readonly recoveryMs: number | null;
  /** What callers were told while it lasted. */
  readonly told: Readonly<Record<string, number>>;
  /** Calls that the tool server ran, of each server. */
  readonly ran: Readonly<Record<ServerName, number>>;
  /** Calls that it ran more than once; without an intent on record; although the caller was told that they were refused. */
  readonly ranTwice: number;
  readonly ranWithoutIntent: number;
  readonly ranThoughRefused: number;
  /** Answers that are none, the first of each kind. */
  readonly cut: Readonly<Record<string, number>>;
  /** Lines that the process logged during all of it, by level and message. */
  readonly logged: Readonly<Record<string, number>>;
  /** At rest before and behind; `null` where the process is not the same any more. */
  readonly atRest: { readonly before: AtRest; readonly after: AtRest } | null;
}

export interface Phase {
  readonly calls: number;
  readonly completed: number;
  readonly p50: number;
  readonly p99: number;
  readonly slowest: number;
}

/** The process with nothing to do, after a full garbage collection. */
export interface AtRest {
  readonly openFiles: number;
  readonly heap: number;
}

/** The calls that were sent from `fromMs` to `toMs`. */
export function phaseOf(answers: readonly ChaosAnswer[], fromMs: number, toMs: number): Phase {
  const own = answers.filter(({ sentMs }) => sentMs >= fromMs && sentMs < toMs);
  const times = own.map(({ sentMs, endedMs }) => endedMs - sentMs).toSorted((a, b) => a - b);
  const at = (share: number): number => round(times[Math.ceil(times.length * share) - 1] ?? 0);
  const completed = own.filter(({ reading }) => reading.kind === 'completed').length;
  return { calls: own.length, completed, p50: at(0.5), p99: at(0.99), slowest: at(1) };
}

/** How long after `endMs` the last answer came that was not as usual, or else the first that was. */
export function recoveryOf(answers: readonly ChaosAnswer[], endMs: number): number {
  const since = answers.filter(({ sentMs }) => sentMs >= endMs);
  const bad = since.filter((one) => !isWell(one));
  const moment =
    bad.length > 0
      ? bad.reduce((latest, { endedMs }) => Math.max(latest, endedMs), endMs)
      : since.reduce((earliest, { endedMs }) => Math.min(earliest, endedMs), Infinity);
  return round(moment - endMs);
}

/** How often each thing was said. */
export function countSaid(answers: readonly ChaosAnswer[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { reading } of answers) {
    const said = saying(reading).slice(0, LONGEST);
    counts[said] = (counts[said] ?? 0) + 1;
  }
  return counts;
}

const LONGEST = 120;

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
