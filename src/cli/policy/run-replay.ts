import { readSegments } from '../../audit/read-segments.ts';
import { compilePolicies } from '../../policy/load-policies.ts';
import { replayCall } from '../../policy/replay/replay-call.ts';
import type { CommandIo } from '../command-io.ts';
import { EXIT } from '../exit-codes.ts';
import type { PolicyFiles } from './read-files.ts';
import { type ReplayableRecord, replayableRecord } from './recorded-calls.ts';
import { printReport, type ReplayReport, ReplayTally } from './replay-report.ts';

export interface ReplayOptions {
  /** Directory of the record. */
  readonly directory: string;
  /** Decisions from here on, milliseconds since the epoch. */
  readonly sinceMs: number;
  /** Decisions before this, milliseconds since the epoch. */
  readonly untilMs: number;
  readonly json: boolean;
  /** Whether what cannot be told counts as a difference. */
  readonly strict: boolean;
}

/**
 * `policy replay`: what rules would have said of recorded calls, beside what was said.
 *
 * @returns 1 when something would not be as it was, or the record is damaged.
 * @throws ProblemsError
 */
export async function runReplay(
  { sources, catalogue, setTexts }: PolicyFiles,
  options: ReplayOptions,
  io: CommandIo,
): Promise<number> {
  const policies = compilePolicies(sources, catalogue, setTexts);
  const tally = new ReplayTally();
  let isWhole = true;
  for await (const item of readSegments(options.directory)) {
    if (item.kind === 'damage') {
      isWhole = false;
      io.complain(`${item.segment}: byte ${item.offset}: no record begins here, and records follow.`);
    }
    const found = item.kind === 'record' ? replayableRecord(item.record) : undefined;
    if (found !== undefined && isWithin(found, options)) tally.add(found, replayCall(found.call, policies, catalogue));
  }
  const { report } = tally;
  io.print(
    options.json
      ? JSON.stringify(report, null, 2)
      : `${report.calls} ${report.calls === 1 ? 'decision' : 'decisions'}\n\n${printReport(report)}`,
  );
  return isWhole && isSame(report, options.strict) ? EXIT.ok : EXIT.negative;
}

function isWithin({ call: { atMs } }: ReplayableRecord, { sinceMs, untilMs }: ReplayOptions): boolean {
  return atMs >= sinceMs && atMs < untilMs;
}

function isSame({ matrix }: ReplayReport, strict: boolean): boolean {
  return matrix.every(({ was, now }) => was === now || (!strict && now === 'indeterminate'));
}
