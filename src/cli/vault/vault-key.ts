import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { codeOf, messageOf } from '../../kit/cause.ts';
import { newKekText, readKek } from '../../vault/kek.ts';
import { CommandError } from '../command-error.ts';
import type { CommandIo } from '../command-io.ts';

/** `sallyport vault key`. */
export function vaultKeyCommand(command: Command, io: CommandIo): void {
  command
    .command('key')
    .description('make a key that wraps all others, in a new file of mode 0600; prints its id')
    .requiredOption('--out <file>', 'the new file; one that is there stays as it is, and the exit code is 2')
    .action(({ out }: { readonly out: string }) => io.print(makeKey(out)));
}

/** @returns the id of the new key. @throws CommandError when the file cannot be made. */
function makeKey(path: string): string {
  try {
    writeFileSync(path, newKekText(), { mode: 0o600, flag: 'wx', flush: true });
  } catch (cause) {
    const why = codeOf(cause) === 'EEXIST' ? 'it is there already' : messageOf(cause);
    throw new CommandError(`${path} cannot be made: ${why}.`);
  }
  return readKek(path).id;
}
