import type { Command } from 'commander';
import { type VaultStatus, vaultStatus } from '../../vault/vault-status.ts';
import type { CommandIo } from '../command-io.ts';
import { EXIT } from '../exit-codes.ts';
import { type VaultFlags, withConfig } from './vault-flags.ts';
import { vaultProject } from './vault-project.ts';

/** `sallyport vault status`. */
export function vaultStatusCommand(command: Command, io: CommandIo): void {
  withConfig(command.command('status'))
    .description('show what is kept and how often keys were used; exit code 1 when the key should be changed')
    .option('--json', 'the same as one JSON document')
    .action(async (flags: VaultFlags) => {
      process.exitCode = await status(flags, io);
    });
}

async function status({ config: file, json }: VaultFlags, io: CommandIo): Promise<number> {
  const { places, config, keks } = await vaultProject(file);
  const current = keks()[0].id;
  const seen = vaultStatus(places, config.max_key_uses);
  const isDue = seen.keys.some(({ kek, isDue: due }) => kek === current && due);
  if (json === true) io.print(JSON.stringify({ key: current, ...seen }, undefined, 2));
  else printStatus(current, seen, io);
  if (isDue) io.complain(`key ${current} should be changed: sallyport vault key, then vault rewrap.`);
  for (const path of seen.damaged) io.complain(`${path} is no key file.`);
  return isDue || seen.damaged.length > 0 ? EXIT.negative : EXIT.ok;
}

function printStatus(current: string, seen: VaultStatus, io: CommandIo): void {
  io.print(`${seen.segments} segments here, ${seen.bytes} bytes`);
  io.print(`${seen.segmentKeys} keys of segments, ${seen.subjectKeys} of subjects`);
  for (const { kek, uses, maxUses, wraps } of seen.keys) {
    const role = kek === current ? 'the key' : 'an old key';
    io.print(`${role} ${kek}: used ${uses} times of ${maxUses}, wraps ${wraps}`);
  }
  const waiting = seen.unrecordedShreds === 0 ? '' : `; ${seen.unrecordedShreds} not in the record yet`;
  io.print(`subjects deleted: ${seen.shreds}${waiting}`);
}
