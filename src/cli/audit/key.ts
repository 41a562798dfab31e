import type { Command } from 'commander';
import type { CommandIo } from '../command-io.ts';
import { EXIT } from '../exit-codes.ts';
import { ownKey } from './where.ts';

/** `sallyport audit key`. */
export function keyCommand(command: Command, io: CommandIo): void {
  command
    .command('key')
    .description('print the public key that the record is verified with')
    .option('--config <file>', 'configuration that says where the state is', 'sallyport.yaml')
    .action(async ({ config }: { readonly config: string }) => {
      io.print((await ownKey(config)).verifierKey);
      process.exitCode = EXIT.ok;
    });
}
