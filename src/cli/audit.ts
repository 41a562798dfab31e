import { setTimeout as pause } from 'node:timers/promises';
import { Command } from 'commander';
import { followSegments } from '../audit/follow-segments.ts';
import { indexTerm } from '../audit/index/index-terms.ts';
import { readIndexed } from '../audit/index/read-indexed.ts';
import { readSegments } from '../audit/read-segments.ts';
import { complainOf, complainOfIndex } from './audit/complain-of.ts';
import { escapeJsonText } from './audit/escape-json-text.ts';
import { indexCommand } from './audit/index-command.ts';
import { keyCommand } from './audit/key.ts';
import { printDecision } from './audit/print-decision.ts';
import { printLine } from './audit/print-line.ts';
import { proveCommand } from './audit/prove.ts';
import { recordsOf } from './audit/records-of.ts';
import { retentionCommand } from './audit/retention.ts';
import { searchCommands } from './audit/search.ts';
import { shipStatusCommand } from './audit/ship-status.ts';
import { showState } from './audit/state.ts';
import { verifyCommand } from './audit/verify.ts';
import { placeOf, type WhereFlags, withPlace } from './audit/where.ts';
import { CommandError } from './command-error.ts';
import { type CommandIo, processIo } from './command-io.ts';
import { EXIT } from './exit-codes.ts';

export interface TailFlags extends WhereFlags {
  readonly follow?: boolean;
  readonly lines: string;
}

export interface ShowFlags extends WhereFlags {
  /** Read the whole log, whatever the index says. */
  readonly scan?: boolean;
  /** What the record up to there says of the instance, not what it says of a decision. */
  readonly state?: boolean;
}

/** How often the log is looked at while it is followed, milliseconds. */
const LOOK_EVERY_MS = 200;
const AS_STORED = 'records as they are stored, one a line; characters that a terminal acts on are escaped';

/** `sallyport audit …`: reads the record, also while a service is writing it, and verifies it. */
export function auditCommand(io: CommandIo = processIo): Command {
  const command = new Command('audit').description('read and verify the record');
  withPlace(command.command('tail'))
    .description('show the last records')
    .option('-f, --follow', 'go on with what is written')
    .option('-n, --lines <count>', 'how many', '20')
    .option('--json', AS_STORED)
    .action(async (flags: TailFlags) => {
      process.exitCode = await tail(flags, io, (ms) => pause(ms));
    });
  withPlace(command.command('show'))
    .description('show everything recorded of one decision, or how things stood; exit code 1 when there is nothing')
    .argument(
      '<decision-id>',
      'the id that the refusal, the log line or the reply named; with --state the number of a record',
    )
    .option('--state', 'policy, limits and breakers as they were at that record, as far as the record tells')
    .option('--json', AS_STORED)
    .option('--scan', 'read the whole log, and not the index of `audit index`')
    .action(async (decisionId: string, flags: ShowFlags) => {
      process.exitCode =
        flags.state === true ? await showState(decisionId, flags, io) : await show(decisionId, flags, io);
    });
  searchCommands(command, io);
  indexCommand(command, io);
  verifyCommand(command, io);
  proveCommand(command, io);
  retentionCommand(command, io);
  keyCommand(command, io);
  shipStatusCommand(command, io);
  return command;
}

/** Shows the last records, and with `--follow` each new one. Damage goes to standard error. @returns the exit code. */
export async function tail(flags: TailFlags, io: CommandIo, wait: (ms: number) => Promise<unknown>): Promise<number> {
  const last = Number(flags.lines);
  if (!Number.isInteger(last) || last < 0) throw new CommandError(`--lines must be a whole number, not ${flags.lines}`);
  const again = async (): Promise<boolean> => {
    if (flags.follow !== true) return false;
    await wait(LOOK_EVERY_MS);
    return true;
  };
  const place = await placeOf(flags, io);
  if (place === undefined) return EXIT.negative;
  let isWhole = true;
  for await (const item of followSegments(place, { last, wait: again })) {
    if (item.kind === 'record') io.print(flags.json === true ? escapeJsonText(item.text) : printLine(item.record));
    else {
      complainOf(item, io);
      isWhole = false;
    }
  }
  return isWhole ? EXIT.ok : EXIT.negative;
}

/** Shows what is recorded of one decision. @returns the exit code: 1 when nothing is. */
export async function show(decisionId: string, flags: ShowFlags, io: CommandIo): Promise<number> {
  const place = await placeOf(flags, io);
  if (place === undefined) return EXIT.negative;
  const query = { terms: [indexTerm('decision', decisionId)] };
  const items =
    flags.scan === true ? readSegments(place) : readIndexed(place, query, (why) => complainOfIndex(why, io));
  const found = await recordsOf(decisionId, items, (item) => complainOf(item, io));
  if (found.length === 0) {
    io.complain('error: nothing is recorded of this decision.');
    return EXIT.negative;
  }
  if (flags.json === true) for (const { text } of found) io.print(escapeJsonText(text));
  else io.print(printDecision(found.map(({ record }) => record)));
  return EXIT.ok;
}
