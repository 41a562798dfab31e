import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { type Checkpoint, openCheckpoint } from '../../audit/checkpoint/checkpoint.ts';
import { NoteError, type NoteVerifier } from '../../audit/checkpoint/signed-note.ts';
import { readSegments } from '../../audit/read-segments.ts';
import { checkConsistency, checkInclusion } from '../../audit/tree/check-proof.ts';
import { leafHash } from '../../audit/tree/hash-tree.ts';
import { consistencyProof, inclusionProof } from '../../audit/tree/prove.ts';
import { tileSource } from '../../audit/tree/tile-files.ts';
import { printProof } from '../../audit/verify/proof-file.ts';
import { CHECKPOINT_FILE } from '../../audit/signer/log-signer.ts';
import { CommandError } from '../command-error.ts';
import type { CommandIo } from '../command-io.ts';
import { EXIT } from '../exit-codes.ts';
import { type RecordItem, recordsOf } from './records-of.ts';
import { archiveOf, type KeyFlags, outsideCheckpoint, placeOf, verifierOf, withKey, withPlace } from './where.ts';

export interface ProveFlags extends KeyFlags {
  readonly number?: string;
  readonly since?: string;
  readonly archive?: string;
}

/** `sallyport audit prove`. */
export function proveCommand(command: Command, io: CommandIo): void {
  withKey(withPlace(command.command('prove')))
    .description('print a proof that a record is in the log, for `audit verify --proof`')
    .argument('[decision-id]', 'its first record is proven')
    .option('--number <n>', 'the record of that number, instead')
    .option('--archive <path>', 'the archive of `audit retention`, where the record may be')
    .option('--since <checkpoint>', 'prove instead that the log only grew since that checkpoint: hashes, one a line')
    .action(async (decisionId: string | undefined, flags: ProveFlags) => {
      process.exitCode = await prove(decisionId, flags, io);
    });
}

/** Prints a proof. @returns the exit code: 1 when there is no such record, or it is not signed yet. */
export async function prove(decisionId: string | undefined, flags: ProveFlags, io: CommandIo): Promise<number> {
  if ([decisionId, flags.number, flags.since].filter((one) => one !== undefined).length !== 1)
    throw new CommandError('Name one of: a decision id, --number, --since.');
  const directory = await placeOf(flags, io);
  if (directory === undefined) return EXIT.negative;
  const verifier = await verifierOf(flags);
  const signed = readSigned(directory, verifier);
  if (flags.since !== undefined) return proveGrowth(flags.since, { directory, verifier, signed }, io);
  const item = await findIn([directory, archiveOf(flags)], decisionId, flags.number);
  if (item === undefined) return refuse(io, 'there is no such record');
  const index = Number(item.record.sequence) - 1;
  if (index >= signed.size) return refuse(io, 'the record is not signed yet: a checkpoint is made every second');
  const hashes = inclusionProof(index, signed.size, tileSource(directory, signed.size));
  if (!checkInclusion({ ...signed, index }, leafHash(Buffer.from(item.text)), hashes))
    return refuse(io, 'the record is not the one that was signed, or the tiles were changed: see `audit verify`');
  io.print(printProof({ record: item.text, index, hashes, checkpoint: signed.note }).trimEnd());
  return EXIT.ok;
}

type Signed = Checkpoint & { readonly note: string };

function readSigned(directory: string, verifier: NoteVerifier): Signed {
  const note = readFileSync(join(directory, CHECKPOINT_FILE), 'utf8');
  return { ...openNote(note, verifier, 'The checkpoint of the record'), note };
}

/** What a checkpoint says. @throws CommandError that begins with `what` when it cannot be believed. */
function openNote(note: string, verifier: NoteVerifier, what: string): Checkpoint {
  try {
    return openCheckpoint(note, verifier);
  } catch (cause) {
    if (cause instanceof NoteError) throw new CommandError(`${what}: ${cause.message}.`);
    throw cause;
  }
}

function proveGrowth(
  file: string,
  { directory, verifier, signed }: { directory: string; verifier: NoteVerifier; signed: Signed },
  io: CommandIo,
): number {
  const earlier = openNote(outsideCheckpoint(file, verifier), verifier, '--since');
  const { size } = earlier;
  if (size > signed.size) return refuse(io, `that checkpoint is of ${size} records, the log has signed ${signed.size}`);
  const hashes = consistencyProof(size, signed.size, tileSource(directory, signed.size));
  if (!checkConsistency(earlier, signed, hashes))
    return refuse(io, 'the log does not begin with the records of that checkpoint, or the tiles were changed');
  for (const hash of hashes) io.print(hash.toString('base64'));
  return EXIT.ok;
}

async function findIn(
  places: readonly (string | undefined)[],
  decisionId: string | undefined,
  number: string | undefined,
): Promise<RecordItem | undefined> {
  for (const place of places) {
    const found = place === undefined ? undefined : await find(decisionId, number, place);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function find(
  decisionId: string | undefined,
  number: string | undefined,
  directory: string,
): Promise<RecordItem | undefined> {
  if (decisionId !== undefined) return (await recordsOf(decisionId, readSegments(directory), () => {})).at(0);
  const wanted = Number(number);
  for await (const item of readSegments(directory))
    if (item.kind === 'record' && Number(item.record.sequence) === wanted) return item;
  return undefined;
}

function refuse(io: CommandIo, why: string): number {
  io.complain(`error: ${why}.`);
  return EXIT.negative;
}
