import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { checkpointKeyPath, readCheckpointKey } from '../../audit/checkpoint/checkpoint-key.ts';
import { NoteError, type NoteVerifier, noteVerifier } from '../../audit/checkpoint/signed-note.ts';
import { checkpointFileName } from '../../audit/checkpoint/checkpoint-file-name.ts';
import { boundText } from '../../kit/bound-text.ts';
import { CommandError } from '../command-error.ts';
import type { CommandIo } from '../command-io.ts';
import { auditPlaces, recordPlace } from './record-place.ts';

/** Which record a command reads. */
export interface WhereFlags {
  readonly config: string;
  readonly directory?: string;
  readonly json?: boolean;
}

/** Which record, and whose signature counts. */
export interface KeyFlags extends WhereFlags {
  readonly key?: string;
}

/** The options by which a command is told which record it is about. */
export function withPlace(command: Command): Command {
  return command
    .option('--config <file>', 'configuration that says where the record is', 'sallyport.yaml')
    .option('--directory <path>', 'directory of the record, instead');
}

/** The option by which a command is told whose signature counts. */
export function withKey(command: Command): Command {
  return command.option('--key <key>', 'verifier key, or a file with it; default: that of the state directory');
}

/**
 * The directory of the record; `undefined`, after saying so, when there is none yet.
 *
 * @throws CommandError when a directory was named and is not there, ProblemsError when the configuration does not say where.
 */
export async function placeOf({ config, directory }: WhereFlags, io: CommandIo): Promise<string | undefined> {
  const place = directory ?? (await recordPlace(config));
  if (existsSync(place)) return place;
  if (directory !== undefined) throw new CommandError(`--directory ${boundText(place, 500)} is not there.`);
  io.complain(`error: nothing is recorded in ${place} yet.`);
  return undefined;
}

/**
 * Whose signature counts: the key that was named, or the one in the state directory.
 *
 * @throws CommandError when there is none, ProblemsError when the configuration does not say where.
 */
export async function verifierOf({ config, key }: KeyFlags): Promise<NoteVerifier> {
  if (key === undefined) return noteVerifier((await ownKey(config)).verifierKey);
  try {
    return noteVerifier(existsSync(key) ? readFileSync(key, 'utf8') : key);
  } catch (cause) {
    if (cause instanceof NoteError) throw new CommandError(`--key: ${cause.message}.`);
    throw cause;
  }
}

/** The key in the state directory. @throws CommandError when there is none. */
export async function ownKey(config: string): Promise<{ readonly verifierKey: string }> {
  const path = checkpointKeyPath((await auditPlaces(config)).stateDir);
  const key = readCheckpointKey(path);
  if (key !== undefined) return key;
  throw new CommandError(`${path} is not there: nothing was recorded yet. Elsewhere, name the key with --key.`);
}

/** The checkpoint that was kept outside, from a file, or a directory that holds those of several instances. */
export function outsideCheckpoint(path: string, { name }: NoteVerifier): string {
  const file = existsSync(path) && statSync(path).isDirectory() ? join(path, checkpointFileName(name)) : path;
  if (!existsSync(file)) throw new CommandError(`--checkpoint ${boundText(file, 500)} is not there.`);
  return readFileSync(file, 'utf8');
}

/** The directory of the archive that was named. @throws CommandError when it is not there. */
export function archiveOf({ archive }: { readonly archive?: string }): string | undefined {
  if (archive === undefined || existsSync(archive)) return archive;
  throw new CommandError(`--archive ${boundText(archive, 500)} is not there.`);
}
