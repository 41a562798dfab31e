import { Command } from 'commander';
import { type CommandIo, processIo } from './command-io.ts';
import { vaultKeyCommand } from './vault/vault-key.ts';
import { vaultRewrapCommand } from './vault/vault-rewrap.ts';
import { vaultShowCommand } from './vault/vault-show.ts';
import { vaultShredCommand } from './vault/vault-shred.ts';
import { vaultStatusCommand } from './vault/vault-status-command.ts';
import { vaultVerifyCommand } from './vault/vault-verify.ts';

/** `sallyport vault …`: reads what is kept of arguments and replies, changes its keys, and deletes them. */
export function vaultCommand(io: CommandIo = processIo): Command {
  const command = new Command('vault').description(
    'read the encrypted arguments and replies of calls, and look after their keys',
  );
  vaultShowCommand(command, io);
  vaultVerifyCommand(command, io);
  vaultStatusCommand(command, io);
  vaultKeyCommand(command, io);
  vaultRewrapCommand(command, io);
  vaultShredCommand(command, io);
  return command;
}
