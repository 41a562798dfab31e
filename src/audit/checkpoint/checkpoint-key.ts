import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { codeOf } from '../../kit/cause.ts';
import { modeOpenToOthers } from '../../kit/mode-open-to-others.ts';
import { writeDurably } from '../../kit/write-durably.ts';
import { newNoteKey, NoteError, type NoteSigner, noteSigner } from './signed-note.ts';

/** The key cannot be used: others could have it, or the file is no key. */
export class CheckpointKeyError extends Error {
  override readonly name = 'CheckpointKeyError';
}

/** Where the key of an instance is. */
export function checkpointKeyPath(stateDir: string): string {
  return join(stateDir, 'audit-key');
}

/**
 * The key in `path` that signs an instance's checkpoints; a fresh one is made when there is none, file 0600, directory 0700.
 *
 * The name of a fresh key, and so the origin of the log, is `sallyport/` with `hint` and a random part: no two instances have
 * the same.
 *
 * @throws CheckpointKeyError when others can read or write it, or it is no key.
 */
export function openCheckpointKey(path: string, hint: string): NoteSigner {
  return readCheckpointKey(path) ?? makeKey(path, hint);
}

/** The key in `path`; `undefined` when there is none. @throws CheckpointKeyError as `openCheckpointKey()`. */
export function readCheckpointKey(path: string): NoteSigner | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return undefined;
    throw cause;
  }
  refuseOpenToOthers(path);
  try {
    return noteSigner(text);
  } catch (cause) {
    if (!(cause instanceof NoteError)) throw cause;
    throw new CheckpointKeyError(`${path}: ${cause.message}. Move it away to go on with a new key.`, { cause });
  }
}

function makeKey(path: string, hint: string): NoteSigner {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const host = hint.replaceAll(/[^A-Za-z0-9.-]+/g, '-').slice(0, 63) || 'instance';
  const text = newNoteKey(`sallyport/${host}/${randomBytes(4).toString('hex')}`);
  writeDurably(`${path}.next`, `${text}\n`);
  renameSync(`${path}.next`, path);
  return noteSigner(text);
}

function refuseOpenToOthers(path: string): void {
  const mode = modeOpenToOthers(path);
  if (mode === undefined) return;
  throw new CheckpointKeyError(`${path} has mode ${mode}: others could use it. Set it to 0600.`);
}
