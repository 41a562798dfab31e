import type { Command } from 'commander';
import { boundText } from '../../kit/bound-text.ts';
import type { Subject } from '../../vault/key-table.ts';
import { shredSubject, subjectsNamed } from '../../vault/shred-subject.ts';
import { CommandError } from '../command-error.ts';
import type { CommandIo } from '../command-io.ts';
import { EXIT } from '../exit-codes.ts';
import { type VaultFlags, withConfig } from './vault-flags.ts';
import { vaultProject } from './vault-project.ts';

interface ShredFlags extends VaultFlags {
  readonly subject: string;
  readonly issuer?: string;
  readonly reason: string;
}

/** `sallyport vault shred`. */
export function vaultShredCommand(command: Command, io: CommandIo): void {
  withConfig(command.command('shred'))
    .description(
      'delete the keys of a subject, so that nobody can read what is kept of it; exit code 1 when there are none',
    )
    .requiredOption('--subject <name>', '`sub` of its tokens; its SPIFFE id, or `anonymous`, where it has none')
    .option('--issuer <issuer>', 'who vouches for that name; needed where several do')
    .requiredOption('--reason <text>', 'why; it is recorded')
    .option('--json', 'what was done, as one JSON document')
    .action(async (flags: ShredFlags) => {
      process.exitCode = await shred(flags, io);
    });
}

async function shred(flags: ShredFlags, io: CommandIo): Promise<number> {
  const { places } = await vaultProject(flags.config);
  const subject = theOne(subjectsNamed(places, flags.subject), flags);
  const done = subject && shredSubject(subject, { places, why: flags.reason.slice(0, 1000), nowMs: Date.now() });
  if (done === undefined) {
    io.complain(`nothing is kept of ${boundText(flags.subject, 200)}.`);
    return EXIT.negative;
  }
  if (flags.json === true) io.print(JSON.stringify(done, undefined, 2));
  else
    io.print(
      `${done.keys.length} keys deleted (${done.id}); the service records it within a second, or when it is started`,
    );
  return EXIT.ok;
}

/** @throws CommandError when it is not clear who is meant. */
function theOne(found: readonly Subject[], { subject, issuer }: ShredFlags): Subject | undefined {
  const meant = issuer === undefined ? found : found.filter((one) => one.issuer === issuer);
  if (meant.length <= 1) return meant[0];
  const issuers = meant.map((one) => boundText(one.issuer, 200) || 'nobody').join(', ');
  throw new CommandError(`${boundText(subject, 200)} is a name given by ${issuers}: say which with --issuer.`);
}
