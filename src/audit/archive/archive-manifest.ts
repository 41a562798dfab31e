import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { openCheckpoint } from '../checkpoint/checkpoint.ts';
import { NoteError, type NoteVerifier } from '../checkpoint/signed-note.ts';
import { sequenceText } from '../record-text.ts';
import { segmentStart } from '../segment-name.ts';
import { checkConsistency, type TreeHead } from '../tree/check-proof.ts';
import { HASH_BYTES } from '../tree/hash-tree.ts';
import { ArchiveError } from './archive-error.ts';

const number = z.int().min(1);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const hash = z.string().regex(/^[A-Za-z0-9+/]{43}=$/);

const segmentSchema = z.strictObject({
  name: z.string().refine((name) => segmentStart(name) !== undefined),
  bytes: z.int().min(0),
  sha256,
  /** Numbers of its first and its last record. */
  first: number,
  last: number,
  /** Times of its earliest and its latest record. */
  earliest: z.string().max(32),
  latest: z.string().max(32),
});

const manifestSchema = z.strictObject({
  apiVersion: z.literal('sallyport/v1'),
  kind: z.literal('ArchiveManifest'),
  /** Numbers of the records that were moved. */
  first: number,
  last: number,
  segments: z.array(segmentSchema).min(1),
  /** The tree over all records up to `last`. */
  tree: z.strictObject({ size: number, root: hash }),
  /** The signed checkpoint of a tree that begins with that one. */
  checkpoint: z.string().max(4096),
  /** The proof that it does (RFC 9162 §2.1.4.1). */
  consistency: z.array(hash).max(64),
});

/** A segment in an archive. */
export type ArchivedSegment = Readonly<z.infer<typeof segmentSchema>>;

/** What was moved to an archive at one time, and how it is shown to be what was signed. */
export type ArchiveManifest = z.infer<typeof manifestSchema>;

const NAME = /^manifest-\d{16}-\d{16}\.json$/;

/** The file name of a manifest; name order is the order of records. */
export function manifestName({ first, last }: Pick<ArchiveManifest, 'first' | 'last'>): string {
  return `manifest-${sequenceText(first)}-${sequenceText(last)}.json`;
}

/** The text of a manifest. */
export function printManifest(manifest: ArchiveManifest): string {
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}

/** What the text of a manifest says. @throws ArchiveError when it is none. */
export function readManifest(text: string): ArchiveManifest {
  try {
    return manifestSchema.parse(JSON.parse(text));
  } catch (cause) {
    if (!(cause instanceof z.ZodError) && !(cause instanceof SyntaxError)) throw cause;
    throw new ArchiveError('it is no manifest of an archive', { cause });
  }
}

/** The names of the manifests in `directory`, in the order of records. @throws what the file system said. */
export function manifestNames(directory: string): readonly string[] {
  return readdirSync(directory)
    .filter((name) => NAME.test(name))
    .toSorted();
}

/** The manifest of that name. @throws ArchiveError, or what the file system said. */
export function manifestAt(directory: string, name: string): ArchiveManifest {
  return readManifest(readFileSync(join(directory, name), 'utf8'));
}

/**
 * The tree over everything up to the last record of a manifest, which is shown to be the begin of one that was signed.
 *
 * @throws ArchiveError when it is not.
 */
export function provenHead({ last, tree, checkpoint, consistency }: ArchiveManifest, verifier: NoteVerifier): TreeHead {
  try {
    const signed = openCheckpoint(checkpoint, verifier);
    const head = { size: tree.size, root: bytes(tree.root) };
    if (tree.size === last && checkConsistency(head, signed, consistency.map(bytes))) return head;
  } catch (cause) {
    if (cause instanceof NoteError)
      throw new ArchiveError(`its checkpoint cannot be believed: ${cause.message}`, { cause });
    throw cause;
  }
  throw new ArchiveError('it does not prove that its records are those that were signed');
}

function bytes(base64: string): Buffer {
  const decoded = Buffer.from(base64, 'base64');
  if (decoded.length === HASH_BYTES) return decoded;
  throw new ArchiveError('it has a hash that is none');
}
