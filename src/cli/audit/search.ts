import { closeSync, openSync, writeSync } from 'node:fs';
import type { Command } from 'commander';
import { readIndexed } from '../../audit/index/read-indexed.ts';
import { type LogItem, readSegments } from '../../audit/read-segments.ts';
import { codeOf } from '../../kit/cause.ts';
import { CommandError } from '../command-error.ts';
import type { CommandIo } from '../command-io.ts';
import { EXIT } from '../exit-codes.ts';
import { complainOf, complainOfIndex } from './complain-of.ts';
import { escapeJsonText } from './escape-json-text.ts';
import { printLine } from './print-line.ts';
import { type FilterFlags, indexQuery, recordFilter, withFilter } from './record-filter.ts';
import type { RecordItem } from './records-of.ts';
import { placeOf, type WhereFlags, withPlace } from './where.ts';

export interface SearchFlags extends WhereFlags, FilterFlags {
  readonly limit: string;
  /** Read the whole log, whatever the index says. */
  readonly scan?: boolean;
}

export interface ExportFlags extends WhereFlags, FilterFlags {
  readonly out: string;
}

/** `sallyport audit search | export`. */
export function searchCommands(command: Command, io: CommandIo): void {
  withFilter(withPlace(command.command('search')))
    .description('show the records that fit, oldest first; exit code 1 when none does')
    .option('--limit <count>', 'at most so many', '1000')
    .option('--scan', 'read the whole log, and not the index of `audit index`')
    .option('--json', 'records as they are stored, one a line; characters that a terminal acts on are escaped')
    .action(async (flags: SearchFlags) => {
      process.exitCode = await search(flags, io, Date.now());
    });
  withFilter(withPlace(command.command('export')))
    .description('write the records that fit to a new file, byte for byte as they are stored, one a line')
    .requiredOption('--out <file>', 'file to make')
    .action(async (flags: ExportFlags) => {
      process.exitCode = await exportRecords(flags, io, Date.now());
    });
}

/** Shows the records that fit. @returns the exit code. */
export async function search(flags: SearchFlags, io: CommandIo, nowMs: number): Promise<number> {
  const limit = Number(flags.limit);
  if (!Number.isInteger(limit) || limit < 1)
    throw new CommandError(`--limit must be a whole number, not ${flags.limit}`);
  const directory = await placeOf(flags, io);
  if (directory === undefined) return EXIT.negative;
  const items =
    flags.scan === true
      ? readSegments(directory)
      : readIndexed(directory, indexQuery(flags, nowMs), (why) => complainOfIndex(why, io));
  let shown = 0;
  for await (const { record, text } of fitting(items, flags, nowMs, io)) {
    if (shown === limit) {
      io.complain(`Only the first ${limit} are shown.`);
      break;
    }
    shown++;
    io.print(flags.json === true ? escapeJsonText(text) : printLine(record));
  }
  return shown > 0 ? EXIT.ok : EXIT.negative;
}

/** Writes the records that fit to a new file of mode 0600. @returns the exit code: 1 when parts of the log are no records. */
export async function exportRecords(flags: ExportFlags, io: CommandIo, nowMs: number): Promise<number> {
  const directory = await placeOf(flags, io);
  if (directory === undefined) return EXIT.negative;
  const file = create(flags.out);
  let written = 0;
  let damaged = 0;
  try {
    for await (const { text } of fitting(readSegments(directory), flags, nowMs, io, () => damaged++)) {
      writeSync(file, `${text}\n`);
      written++;
    }
  } finally {
    closeSync(file);
  }
  io.print(`${written} records written to ${flags.out}`);
  return damaged === 0 ? EXIT.ok : EXIT.negative;
}

async function* fitting(
  items: AsyncIterable<LogItem>,
  flags: FilterFlags,
  nowMs: number,
  io: CommandIo,
  onDamage: () => void = () => {},
): AsyncGenerator<RecordItem> {
  const isWanted = recordFilter(flags, nowMs);
  for await (const item of items) {
    if (item.kind !== 'record') tell(item, io, onDamage);
    else if (isWanted(item.record)) yield item;
  }
}

function tell(item: Exclude<LogItem, RecordItem>, io: CommandIo, onDamage: () => void): void {
  complainOf(item, io);
  if (item.kind === 'damage') onDamage();
}

function create(path: string): number {
  try {
    return openSync(path, 'wx', 0o600);
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') throw new CommandError(`--out ${path} is there already.`);
    throw cause;
  }
}
