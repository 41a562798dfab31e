import { openCheckpoint } from '../checkpoint/checkpoint.ts';
import { NoteError, type NoteVerifier } from '../checkpoint/signed-note.ts';
import { checkInclusion } from '../tree/check-proof.ts';
import { HASH_BYTES, leafHash } from '../tree/hash-tree.ts';

const FIRST_LINE = 'c2sp.org/tlog-proof@v1';
const MAX_HASHES = 64;

/** A proof that a record is in a log, by C2SP tlog-proof, with the record itself as its extra data. */
export interface RecordProof {
  /** The record's RFC 8785 text. */
  readonly record: string;
  /** Place in the log, from 0: its number less one. */
  readonly index: number;
  readonly hashes: readonly Buffer[];
  /** The signed checkpoint. */
  readonly checkpoint: string;
}

/** The text of a proof. */
export function printProof({ record, index, hashes, checkpoint }: RecordProof): string {
  const lines = [FIRST_LINE, `extra ${Buffer.from(record).toString('base64')}`, `index ${index}`];
  return [...lines, ...hashes.map((hash) => hash.toString('base64')), '', checkpoint].join('\n');
}

/** What a proof that holds says. */
export interface ProvenRecord extends RecordProof {
  readonly origin: string;
  /** Records in the log that was signed. */
  readonly size: number;
}

/**
 * Reads a proof and checks it with the public key alone.
 *
 * @throws NoteError when it is no proof, or does not prove what it says.
 */
export function openProof(text: string, verifier: NoteVerifier): ProvenRecord {
  const proof = readProof(text);
  const { origin, size, root } = openCheckpoint(proof.checkpoint, verifier);
  const leaf = leafHash(Buffer.from(proof.record));
  if (checkInclusion({ index: proof.index, size, root }, leaf, proof.hashes)) return { ...proof, origin, size };
  throw new NoteError('it does not prove that this record is in the log');
}

function readProof(text: string): RecordProof {
  const end = text.indexOf('\n\n');
  const [first, extra, place, ...encoded] = text.slice(0, Math.max(end, 0)).split('\n');
  const record = /^extra ([A-Za-z0-9+/]+=*)$/.exec(extra ?? '')?.[1];
  const index = /^index (0|[1-9]\d{0,15})$/.exec(place ?? '')?.[1];
  const hashes = encoded.map((line) => Buffer.from(line, 'base64'));
  const areHashes = hashes.length <= MAX_HASHES && hashes.every(({ length }) => length === HASH_BYTES);
  if (first !== FIRST_LINE || record === undefined || index === undefined || !areHashes)
    throw new NoteError('this is no proof that a record is in a log');
  const decoded = Buffer.from(record, 'base64').toString();
  return { record: decoded, index: Number(index), hashes, checkpoint: text.slice(end + 2) };
}
