import type { Command } from 'commander';
import { DayFileError } from '../../audit/index/day-file.ts';
import { type IndexUpdate, updateIndex } from '../../audit/index/update-index.ts';
import { CommandError } from '../command-error.ts';
import type { CommandIo } from '../command-io.ts';
import { EXIT } from '../exit-codes.ts';
import { placeOf, type WhereFlags, withPlace } from './where.ts';

export interface IndexFlags extends WhereFlags {
  readonly rebuild?: boolean;
}

/** `sallyport audit index`. */
export function indexCommand(command: Command, io: CommandIo): void {
  withPlace(command.command('index'))
    .description('make the index that search and show use, or bring it up to date')
    .option('--rebuild', 'make it anew')
    .option('--json', 'what was done, as one JSON document')
    .action(async (flags: IndexFlags) => {
      process.exitCode = await makeIndex(flags, io);
    });
}

/** Brings the index up to date. @returns the exit code. */
export async function makeIndex(flags: IndexFlags, io: CommandIo): Promise<number> {
  const directory = await placeOf(flags, io);
  if (directory === undefined) return EXIT.negative;
  const update = await updated(directory, flags.rebuild === true);
  if (flags.json === true) io.print(JSON.stringify(update, undefined, 2));
  else {
    for (const path of update.remade) io.complain(`${path} could not be used, and is made anew.`);
    io.print(`${update.segments} segments in ${update.days} day files; ${update.read} were read`);
  }
  return EXIT.ok;
}

async function updated(directory: string, rebuild: boolean): Promise<IndexUpdate> {
  try {
    return await updateIndex(directory, rebuild);
  } catch (cause) {
    if (cause instanceof DayFileError) throw new CommandError(`${cause.message}.`);
    throw cause;
  }
}
