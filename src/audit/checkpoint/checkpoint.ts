import { HASH_BYTES } from '../tree/hash-tree.ts';
import { NoteError, type NoteSigner, type NoteVerifier } from './signed-note.ts';

/** How a log was at one moment: what a checkpoint says (C2SP tlog-checkpoint). */
export interface Checkpoint {
  readonly origin: string;
  /** Records in the tree. */
  readonly size: number;
  readonly root: Buffer;
}

/** The signed note that says it. The name of the key is the origin. */
export function signCheckpoint({ size, root }: Omit<Checkpoint, 'origin'>, signer: NoteSigner): string {
  return signer.sign(`${signer.name}\n${size}\n${root.toString('base64')}\n`);
}

/**
 * What a checkpoint says, after its signature was verified.
 *
 * @throws NoteError when it is not signed by that key, or is no checkpoint of its log.
 */
export function openCheckpoint(note: string, verifier: NoteVerifier): Checkpoint {
  const checkpoint = readCheckpoint(verifier.open(note));
  if (checkpoint.origin === verifier.name) return checkpoint;
  throw new NoteError(`it is a checkpoint of another log than ${verifier.name}`);
}

/** What the text of a checkpoint says, signed or not. @throws NoteError when it is none. */
function readCheckpoint(text: string): Checkpoint {
  const [origin = '', sizeText = '', rootText = ''] = text.split('\n', 3);
  const size = Number(sizeText);
  const root = Buffer.from(rootText, 'base64');
  const isNumber = /^(0|[1-9]\d{0,15})$/.test(sizeText) && Number.isSafeInteger(size);
  if (origin === '' || !isNumber || root.length !== HASH_BYTES || root.toString('base64') !== rootText)
    throw new NoteError('this is no checkpoint');
  return { origin, size, root };
}
