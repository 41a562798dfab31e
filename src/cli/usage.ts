import { Command } from 'commander';
import { readIndexed } from '../audit/index/read-indexed.ts';
import { USAGE_DIMENSIONS, type UsageDimension } from '../audit/usage/usage-group.ts';
import { type UsageRow, UsageTally } from '../audit/usage/usage-tally.ts';
import { complainOf, complainOfIndex } from './audit/complain-of.ts';
import { timeOf } from './audit/record-filter.ts';
import { placeOf, type WhereFlags, withPlace } from './audit/where.ts';
import { CommandError, guarded } from './command-error.ts';
import { ProblemsError } from '../kit/problem.ts';
import { type CommandIo, processIo } from './command-io.ts';
import { EXIT } from './exit-codes.ts';
import { escapeJsonText } from './audit/escape-json-text.ts';
import { usageCsv } from './usage/usage-csv.ts';
import { usageTable } from './usage/usage-table.ts';

export interface UsageFlags extends WhereFlags {
  readonly since?: string;
  readonly until?: string;
  readonly by: string;
  readonly csv?: boolean;
}

/** `sallyport usage`: what calls there were and what they cost, from the record. */
export function usageCommand(io: CommandIo = processIo): Command {
  return withPlace(new Command('usage'))
    .description('count calls, refusals, outcomes, durations and costs in the record')
    .option('--since <time>', 'calls decided at or after that time: RFC 3339, or how long ago, such as 90m, 12h, 7d')
    .option('--until <time>', 'calls decided before that time')
    .option(
      '--by <list>',
      `by what they are told apart: ${USAGE_DIMENSIONS.join(', ')}; one or more with commas`,
      'agent,tool',
    )
    .option('--json', 'one JSON document')
    .option('--csv', 'comma-separated values (RFC 4180)')
    .action(async (flags: UsageFlags) => {
      process.exitCode = await usage(flags, io, Date.now());
    });
}

/** Prints the usage. @returns the exit code: 1 when nothing is recorded, or parts of the log are no records. */
export async function usage(flags: UsageFlags, io: CommandIo, nowMs: number): Promise<number> {
  return await guarded(io, async () => {
    if (flags.json === true && flags.csv === true) throw new CommandError('--json and --csv are one too many.');
    const by = dimensionsOf(flags.by);
    const since = flags.since === undefined ? undefined : timeOf('--since', flags.since, nowMs);
    const until = flags.until === undefined ? undefined : timeOf('--until', flags.until, nowMs);
    const directory = await placeOf(flags, io);
    if (directory === undefined) return EXIT.negative;
    const tally = new UsageTally({ by, since, until });
    const isWhole = await count(directory, since, tally, io);
    const rows = tally.rows();
    print(rows, by, flags, io);
    return isWhole && rows.length > 0 ? EXIT.ok : EXIT.negative;
  }, [CommandError, ProblemsError]);
}

/** Whether all of the log could be read. Outcomes come after their calls, so it is read to its end. */
async function count(directory: string, since: string | undefined, tally: UsageTally, io: CommandIo): Promise<boolean> {
  let isWhole = true;
  for await (const item of readIndexed(directory, { terms: [], since, onwards: true }, (why) =>
    complainOfIndex(why, io),
  )) {
    if (item.kind === 'record') tally.add(item.record);
    else {
      complainOf(item, io);
      if (item.kind === 'damage') isWhole = false;
    }
  }
  return isWhole;
}

function print(rows: readonly UsageRow[], by: readonly UsageDimension[], flags: UsageFlags, io: CommandIo): void {
  if (flags.json === true) io.print(escapeJsonText(JSON.stringify({ by, rows })));
  else for (const line of flags.csv === true ? usageCsv(rows, by) : usageTable(rows, by)) io.print(line);
}

function dimensionsOf(list: string): readonly UsageDimension[] {
  const asked = list.split(',').map((name) => name.trim());
  const unknown = asked.find((name) => !USAGE_DIMENSIONS.some((known) => known === name));
  if (unknown !== undefined) throw new CommandError(`--by must be some of ${USAGE_DIMENSIONS.join(', ')}.`);
  return USAGE_DIMENSIONS.filter((known) => asked.includes(known));
}
