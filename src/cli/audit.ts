import { existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { Command } from 'commander';
import { followSegments } from '../audit/follow-segments.ts';
import { type LogItem, readSegments } from '../audit/read-segments.ts';
import { boundText } from '../kit/bound-text.ts';
import { escapeJsonText } from './audit/escape-json-text.ts';
import { printDecision } from './audit/print-decision.ts';
import { printLine } from './audit/print-line.ts';
import { recordPlace } from './audit/record-place.ts';
import { recordsOf } from './audit/records-of.ts';
import { CommandError } from './command-error.ts';
import { type CommandIo, processIo } from './command-io.ts';
import { EXIT } from './exit-codes.ts';

interface WhereFlags {
  readonly config: string;
  readonly directory?: string;
  readonly json?: boolean;
}

export interface TailFlags extends WhereFlags {
  readonly follow?: boolean;
  readonly lines: string;
}

/** How often the log is looked at while it is followed, milliseconds. */
const LOOK_EVERY_MS = 200;

/** `sallyport audit tail | show`: the record, also while a service is writing it. */
export function auditCommand(io: CommandIo = processIo): Command {
  const command = new Command('audit').description('read the record');
  withPlace(command.command('tail'))
    .description('show the last records')
    .option('-f, --follow', 'go on with what is written')
    .option('-n, --lines <count>', 'how many', '20')
    .action(async (flags: TailFlags) => {
      process.exitCode = await tail(flags, io, (ms) => pause(ms));
    });
  withPlace(command.command('show'))
    .description('show everything recorded of one decision; exit code 1 when there is nothing')
    .argument('<decision-id>', 'the id that the refusal, the log line or the reply named')
    .action(async (decisionId: string, flags: WhereFlags) => {
      process.exitCode = await show(decisionId, flags, io);
    });
  return command;
}

function withPlace(command: Command): Command {
  return command
    .option('--config <file>', 'configuration that says where the record is', 'sallyport.yaml')
    .option('--directory <path>', 'directory of the record, instead')
    .option('--json', 'records as they are stored, one a line; characters that a terminal acts on are escaped');
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
    else isWhole = complain(item, io);
  }
  return isWhole ? EXIT.ok : EXIT.negative;
}

/** Shows what is recorded of one decision. @returns the exit code: 1 when nothing is. */
export async function show(decisionId: string, flags: WhereFlags, io: CommandIo): Promise<number> {
  const place = await placeOf(flags, io);
  if (place === undefined) return EXIT.negative;
  const found = await recordsOf(decisionId, readSegments(place), (item) => void complain(item, io));
  if (found.length === 0) {
    io.complain('error: nothing is recorded of this decision.');
    return EXIT.negative;
  }
  if (flags.json === true) for (const { text } of found) io.print(escapeJsonText(text));
  else io.print(printDecision(found.map(({ record }) => record)));
  return EXIT.ok;
}

/**
 * The directory of the record; `undefined`, after saying so, when there is none yet.
 *
 * @throws CommandError when a directory was named and is not there, ProblemsError when the configuration does not say where.
 */
async function placeOf({ config, directory }: WhereFlags, io: CommandIo): Promise<string | undefined> {
  const place = directory ?? (await recordPlace(config));
  if (existsSync(place)) return place;
  if (directory !== undefined) throw new CommandError(`--directory ${boundText(place, 500)} is not there.`);
  io.complain(`error: nothing is recorded in ${place} yet.`);
  return undefined;
}

function complain(item: Exclude<LogItem, { kind: 'record' }>, io: CommandIo): false {
  const what = item.kind === 'damage' ? 'no record begins here, and records follow' : 'the last record is not whole';
  io.complain(`${item.segment}: byte ${item.offset}: ${what}.`);
  return false;
}
