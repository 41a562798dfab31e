import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../../kit/cause.ts';
import { openCheckpoint } from '../checkpoint/checkpoint.ts';
import type { NoteVerifier } from '../checkpoint/signed-note.ts';
import { CHECKPOINT_FILE } from '../signer/log-signer.ts';

/**
 * How many records of the log in `directory` are signed, and with that on the disk: their numbers are never given again.
 *
 * @throws NoteError when its checkpoint is not signed by that key; what the file system said.
 */
export async function signedSize(directory: string, verifier: NoteVerifier): Promise<number> {
  try {
    return openCheckpoint(await readFile(join(directory, CHECKPOINT_FILE), 'utf8'), verifier).size;
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return 0;
    throw cause;
  }
}
