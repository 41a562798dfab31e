import type { Command } from 'commander';
import { existsSync } from 'node:fs';
import { type LogItem, readSegments } from '../../audit/read-segments.ts';
import { boundText } from '../../kit/bound-text.ts';
import { archivedVault } from '../../vault/archive-vault.ts';
import type { PayloadCounts } from '../../vault/kept-payload.ts';
import { VaultKeys } from '../../vault/vault-keys.ts';
import { type VaultVerification, verifyVault } from '../../vault/verify-vault.ts';
import { recordPlace } from '../audit/record-place.ts';
import { archiveOf } from '../audit/where.ts';
import type { CommandIo } from '../command-io.ts';
import { EXIT } from '../exit-codes.ts';
import { type VaultFlags, withConfig } from './vault-flags.ts';
import { vaultProject } from './vault-project.ts';

interface VerifyFlags extends VaultFlags {
  readonly archive?: string;
}

/** `sallyport vault verify`. */
export function vaultVerifyCommand(command: Command, io: CommandIo): void {
  withConfig(command.command('verify'))
    .description('hold all payloads to what the record says of them; exit code 1 when one is not that, or not there')
    .option('--archive <path>', 'the archive of `audit retention`, whose records and payloads are looked at as well')
    .option('--json', 'what was found, as one JSON document')
    .action(async (flags: VerifyFlags) => {
      process.exitCode = await verify(flags, io);
    });
}

async function verify(flags: VerifyFlags, io: CommandIo): Promise<number> {
  const { places, keks } = await vaultProject(flags.config);
  const archive = archiveOf(flags);
  const record = await recordPlace(flags.config);
  const report = await verifyVault({
    places,
    keys: new VaultKeys(places, keks()),
    directories: [places.directory, ...(archive === undefined ? [] : [archivedVault(archive)])],
    records: recordsIn([...(archive === undefined ? [] : [archive]), record].filter((path) => existsSync(path))),
  });
  if (flags.json === true) io.print(JSON.stringify(report, undefined, 2));
  else printReport(report, io);
  for (const finding of report.findings) io.complain(`${boundText(finding, 500)}.`);
  return report.findings.length === 0 ? EXIT.ok : EXIT.negative;
}

async function* recordsIn(directories: readonly string[]): AsyncGenerator<LogItem> {
  for (const directory of directories) yield* readSegments(directory);
}

function printReport(report: VaultVerification, io: CommandIo): void {
  io.print(`${report.segments} segments`);
  const lines: readonly (readonly [string, PayloadCounts])[] = [
    ['are what the record says', report.proven],
    ['have keys that were deleted', report.shredded],
    ['are of calls that the record here does not have', report.unrecorded],
    ['could not be kept, as gaps say', report.lost],
    ['are not there', report.missing],
  ];
  for (const [what, counts] of lines)
    if (counts.arguments + counts.reply > 0)
      io.print(`${counts.arguments} arguments and ${counts.reply} replies ${what}`);
}
