import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { ArchiveError } from '../../audit/archive/archive-error.ts';
import { NoteError } from '../../audit/checkpoint/signed-note.ts';
import { printFinding } from '../../audit/verify/finding.ts';
import { openProof } from '../../audit/verify/proof-file.ts';
import { type VerifyOptions, type VerifyReport, verifyLog } from '../../audit/verify/verify-log.ts';
import { boundText } from '../../kit/bound-text.ts';
import { CommandError } from '../command-error.ts';
import type { CommandIo } from '../command-io.ts';
import { EXIT } from '../exit-codes.ts';
import { escapeJsonText } from './escape-json-text.ts';
import { archiveOf, type KeyFlags, outsideCheckpoint, placeOf, verifierOf, withKey, withPlace } from './where.ts';

export interface VerifyFlags extends KeyFlags {
  readonly checkpoint?: string;
  readonly proof?: string;
  readonly archive?: string;
}

/** `sallyport audit verify`. */
export function verifyCommand(command: Command, io: CommandIo): void {
  withKey(withPlace(command.command('verify')))
    .description('hold the record to what was signed; exit code 1 when it is not that')
    .option('--checkpoint <path>', 'a checkpoint that was kept elsewhere, or the directory it is in')
    .option('--archive <path>', 'the archive of `audit retention`, whose records are held to what was signed too')
    .option('--proof <file>', 'check a proof of `audit prove` instead: neither record nor configuration is needed')
    .option('--json', 'what was found, as one JSON document')
    .action(async (flags: VerifyFlags) => {
      process.exitCode = await verify(flags, io);
    });
}

/** Verifies a record or a proof. @returns the exit code. */
export async function verify(flags: VerifyFlags, io: CommandIo): Promise<number> {
  if (flags.proof !== undefined) return await verifyProof(flags.proof, flags, io);
  const directory = await placeOf(flags, io);
  if (directory === undefined) return EXIT.negative;
  const verifier = await verifierOf(flags);
  const outside = flags.checkpoint === undefined ? undefined : outsideCheckpoint(flags.checkpoint, verifier);
  const archive = archiveOf(flags);
  const report = await verified({
    directory,
    verifier,
    ...(archive === undefined ? {} : { archive }),
    ...(outside === undefined ? {} : { outside }),
  });
  if (flags.json === true) io.print(JSON.stringify(report, undefined, 2));
  else printReport(report, io);
  if (report.findings.length > 0) return EXIT.negative;
  if (!isUnsigned(report)) return EXIT.ok;
  io.complain('error: no checkpoint is there: nothing of the record is signed, so it cannot be told what it was.');
  return EXIT.unusable;
}

/** Whether there are records and no signature over any: whoever changes them could take the checkpoint away as well. */
function isUnsigned({ last, signed, outside, provenThrough }: VerifyReport): boolean {
  return last > 0 && signed === 0 && outside === undefined && provenThrough === 0;
}

function printReport(report: VerifyReport, io: CommandIo): void {
  for (const finding of report.findings) io.complain(`${printFinding(finding)}.`);
  io.print(`log of ${report.origin}: ${count(report.records)}${report.last > 0 ? `, the last is ${report.last}` : ''}`);
  if (report.archived > 0) io.print(`${archivedText(report)}; --archive shows them`);
  const from = report.archived > 0 ? `from ${report.archived + 1} ` : '';
  io.print(`complete ${from}up to ${report.provenThrough}${laterText(report)}`);
  if (report.endsTorn) io.print('the last record is not whole: it is being written, or a crash cut it off');
}

/** What is known of the records behind what is proven. */
function laterText({ outside, last, provenThrough, findings }: VerifyReport): string {
  if (findings.length > 0) return '';
  const unsigned = last - provenThrough;
  const rest = unsigned > 0 ? `; ${count(unsigned)} behind that not signed yet` : '';
  if (outside === undefined)
    return `${rest}; later unknown: no checkpoint from outside was shown, so a log that was cut or taken back would not be seen`;
  return `${rest}; the checkpoint from outside has ${outside}`;
}

function archivedText({ archived }: VerifyReport): string {
  if (archived === 1) return 'record 1 is archived, not missing, and was not looked at';
  return `records 1 to ${archived} are archived, not missing, and were not looked at`;
}

async function verified(options: VerifyOptions): Promise<VerifyReport> {
  try {
    return await verifyLog(options);
  } catch (cause) {
    if (cause instanceof ArchiveError) throw new CommandError(`${cause.message}.`);
    throw cause;
  }
}

function count(records: number): string {
  return records === 1 ? '1 record' : `${records} records`;
}

async function verifyProof(file: string, flags: VerifyFlags, io: CommandIo): Promise<number> {
  const verifier = await verifierOf(flags);
  try {
    const { record, index, size, origin } = openProof(readFileSync(file, 'utf8'), verifier);
    io.print(
      escapeJsonText(flags.json === true ? JSON.stringify({ origin, number: index + 1, size, record }) : record),
    );
    if (flags.json !== true) io.complain(`record ${index + 1} of ${size} in the log of ${origin}.`);
    return EXIT.ok;
  } catch (cause) {
    if (!(cause instanceof NoteError)) throw cause;
    io.complain(`error: ${boundText(file, 500)}: ${cause.message}.`);
    return EXIT.negative;
  }
}
