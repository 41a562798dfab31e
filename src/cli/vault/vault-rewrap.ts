import type { Command } from 'commander';
import { KeyUses } from '../../vault/key-uses.ts';
import { rewrapKeys } from '../../vault/rewrap-keys.ts';
import type { CommandIo } from '../command-io.ts';
import { EXIT } from '../exit-codes.ts';
import { type VaultFlags, withConfig } from './vault-flags.ts';
import { vaultProject } from './vault-project.ts';

/** `sallyport vault rewrap`. */
export function vaultRewrapCommand(command: Command, io: CommandIo): void {
  withConfig(command.command('rewrap'))
    .description(
      'wrap all keys with `key`, so that `old_keys` are not needed any more; exit code 1 when some could not be had',
    )
    .option('--json', 'what was done, as one JSON document')
    .action(async (flags: VaultFlags) => {
      process.exitCode = await rewrap(flags, io);
    });
}

async function rewrap({ config: file, json }: VaultFlags, io: CommandIo): Promise<number> {
  const { places, config, keks } = await vaultProject(file);
  const keys = keks();
  const done = rewrapKeys(places, keys, new KeyUses(places.uses, keys[0].id, config.max_key_uses));
  if (json === true) io.print(JSON.stringify({ key: keys[0].id, ...done }, undefined, 2));
  else io.print(`${done.rewrapped} keys are wrapped with ${keys[0].id} now, ${done.untouched} were before`);
  for (const { path, why } of done.failed) io.complain(`${path} ${why}.`);
  return done.failed.length === 0 ? EXIT.ok : EXIT.negative;
}
