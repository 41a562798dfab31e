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
import { CommandError } from '../command-error.ts';
import type { CommandIo } from '../command-io.ts';
import { EXIT } from '../exit-codes.ts';
import { timeOf } from './record-filter.ts';
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
  const plan = await expected(() => planRetention({ directory, verifier, before }));
  const say = (step: RetentionStep): void => {
    if (flags.json !== true) io.print(`${isDry ? 'would ' : ''}${stepText(step, archive)}`);
  };
  if (isDry) for (const step of retentionSteps(plan)) say(step);
  else await expected(() => runRetention(plan, { directory, archive }, say));
  if (flags.json === true) io.print(JSON.stringify(reportOf(plan, { archive, before, isDry }), undefined, 2));
  else if (plan.segments.length === 0) io.print(`no segment is wholly from before ${before}`);
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

async function expected<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof ArchiveError) throw new CommandError(`${cause.message}.`);
    throw cause;
  }
}
