import { resolve } from 'node:path';
import type { Command } from 'commander';
import { ArchiveError } from '../../audit/archive/archive-error.ts';
import {
  planRetention,
  type RetentionPlan,
  type RetentionStep,
  retentionSteps,
} from '../../audit/archive/plan-retention.ts';
import { runRetention } from '../../audit/archive/run-retention.ts';
import { archivedVault, type ArchivedPayloads, archivePayloads, oldPayloads } from '../../vault/archive-vault.ts';
import { type VaultPlaces, vaultPlaces } from '../../vault/vault-places.ts';
import { CommandError } from '../command-error.ts';
import type { CommandIo } from '../command-io.ts';
import { EXIT } from '../exit-codes.ts';
import { timeOf } from './record-filter.ts';
import { auditPlaces } from './record-place.ts';
import { type KeyFlags, placeOf, verifierOf, withKey, withPlace } from './where.ts';

export interface RetentionFlags extends KeyFlags {
  readonly keep: string;
  readonly archive: string;
  readonly dryRun?: boolean;
}

/** `sallyport audit retention`. */
export function retentionCommand(command: Command, io: CommandIo): void {
  withKey(withPlace(command.command('retention')))
    .description('move old segments to an archive; exit code 1 when older records had to stay')
    .requiredOption('--keep <time>', 'how long ago the records are that stay, such as 90d, or from which time on')
    .requiredOption('--archive <path>', 'directory that they are moved to; made when it is not there')
    .option('--dry-run', 'say what would be done, and do nothing')
    .option('--json', 'what was done, as one JSON document')
    .action(async (flags: RetentionFlags) => {
      process.exitCode = await retention(flags, io, Date.now());
    });
}

/** Moves old segments to an archive. @returns the exit code. */
export async function retention(flags: RetentionFlags, io: CommandIo, nowMs: number): Promise<number> {
  const before = timeOf('--keep', flags.keep, nowMs);
  const directory = await placeOf(flags, io);
  if (directory === undefined) return EXIT.negative;
  const verifier = await verifierOf(flags);
  const archive = resolve(flags.archive);
  const isDry = flags.dryRun === true;
  const vault = flags.directory === undefined ? vaultPlaces((await auditPlaces(flags.config)).stateDir) : undefined;
  const plan = await expected(() => planRetention({ directory, verifier, before }));
  const say = (step: RetentionStep): void => {
    if (flags.json !== true) io.print(`${isDry ? 'would ' : ''}${stepText(step, archive)}`);
  };
  if (isDry) for (const step of retentionSteps(plan)) say(step);
  else await expected(() => runRetention(plan, { directory, archive }, say));
  const payloads =
    vault === undefined
      ? []
      : await retainPayloads(vault, { before, archive, isDry }, flags.json === true ? () => {} : io.print);
  if (flags.json === true)
    io.print(JSON.stringify({ ...reportOf(plan, { archive, before, isDry }), payloads }, undefined, 2));
  else if (plan.segments.length === 0 && payloads.length === 0) io.print(`no segment is wholly from before ${before}`);
  if (plan.kept === undefined) return EXIT.ok;
  io.complain(`records from ${plan.kept.from} on stay: ${plan.kept.why}.`);
  return EXIT.negative;
}

function stepText(step: RetentionStep, archive: string): string {
  switch (step.does) {
    case 'copy': {
      const { name, bytes, first, last, earliest, latest, sha256 } = step.segment;
      return `copy ${name} to ${archive}: records ${first} to ${last}, ${earliest} to ${latest}, ${bytes} bytes, sha256 ${sha256}`;
    }
    case 'manifest':
      return `write ${step.name} to ${archive}`;
    case 'mark':
      return `note beside the record that records 1 to ${step.through} are archived`;
    default:
      return `remove ${step.segment.name}`;
  }
}

function reportOf(
  { segments, manifest, kept }: RetentionPlan,
  { archive, before, isDry }: { readonly archive: string; readonly before: string; readonly isDry: boolean },
): object {
  return {
    dry_run: isDry,
    archive,
    before,
    segments,
    bytes: segments.reduce((sum, { bytes }) => sum + bytes, 0),
    ...(manifest === undefined ? {} : { tree: manifest.tree, checkpoint: manifest.checkpoint }),
    ...(kept === undefined ? {} : { kept }),
  };
}

/** Payloads follow the records: the segments that are wholly older. */
async function retainPayloads(
  { directory }: VaultPlaces,
  { before, archive, isDry }: { readonly before: string; readonly archive: string; readonly isDry: boolean },
  print: (line: string) => void,
): Promise<readonly ArchivedPayloads[]> {
  const old = await oldPayloads(directory, before);
  for (const one of old) {
    if (!isDry) await expected(() => archivePayloads(one, directory, archive));
    print(
      `${isDry ? 'would ' : ''}move ${one.name} to ${archivedVault(archive)}: ${one.bytes} bytes, sha256 ${one.sha256}`,
    );
  }
  return old;
}

async function expected<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof ArchiveError) throw new CommandError(`${cause.message}.`);
    throw cause;
  }
}
