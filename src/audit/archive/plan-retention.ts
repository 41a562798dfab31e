import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../../kit/cause.ts';
import { type Checkpoint, openCheckpoint } from '../checkpoint/checkpoint.ts';
import { NoteError, type NoteVerifier } from '../checkpoint/signed-note.ts';
import { segmentStart, sortSegments } from '../segment-name.ts';
import { CHECKPOINT_FILE } from '../signer/log-signer.ts';
import { consistencyProof, rootOf } from '../tree/prove.ts';
import { tileSource } from '../tree/tile-files.ts';
import { ArchiveError } from './archive-error.ts';
import { type ArchivedSegment, type ArchiveManifest, manifestName, provenHead } from './archive-manifest.ts';
import { readMark } from './archived-mark.ts';
import { checkSegment } from './check-segment.ts';

export interface RetentionOptions {
  /** The directory of the log. */
  readonly directory: string;
  readonly verifier: NoteVerifier;
  /** Segments whose records are all from before this time are moved, as records have it. */
  readonly before: string;
}

/** What is to be done. Whole segments, the oldest first. */
export interface RetentionPlan {
  readonly segments: readonly ArchivedSegment[];
  /** What says what is moved; absent when nothing is. */
  readonly manifest?: ArchiveManifest;
  /** Why older records stay, and from which number on; absent when all are moved. */
  readonly kept?: { readonly from: number; readonly why: string };
}

/**
 * Which segments are moved to an archive: those that are wholly older, in one row from the oldest on, as far as a checkpoint covers
 * them and their records are those that were signed. The last segment, to which a service writes, is never one of them.
 *
 * Reads, and changes nothing.
 *
 * @throws ArchiveError when there is nothing to hold records to; what the file system said.
 */
export async function planRetention({ directory, verifier, before }: RetentionOptions): Promise<RetentionPlan> {
  const names = sortSegments(await readdir(directory));
  const signed = readSigned(directory, verifier);
  const source = tileSource(directory, signed.size);
  const signedLeaf = (number: number): Buffer => source(0, number - 1, 1);
  const segments: ArchivedSegment[] = [];
  let kept = gapBefore(names[0], directory);
  for (const [index, name] of names.slice(0, -1).entries()) {
    if (kept !== undefined) break;
    const first = segmentStart(name) ?? 1;
    const last = (segmentStart(names[index + 1] ?? '') ?? 1) - 1;
    const isSigned = last <= signed.size;
    const { wrong, ...seen } = await fromTiles(() =>
      checkSegment(directory, name, { last, signedLeaf: isSigned ? signedLeaf : () => NO_LEAF }),
    );
    if (seen.latest >= before) break;
    if (!isSigned) kept = { from: first, why: `no checkpoint covers all of ${name} yet` };
    else if (wrong !== undefined) kept = { from: first, why: `record ${wrong} is not the one that was signed` };
    else segments.push(seen);
  }
  const manifest = await fromTiles(() => manifestOf(segments, signed, source));
  if (manifest !== undefined) provenHead(manifest, verifier);
  return { segments, ...(manifest === undefined ? {} : { manifest }), ...(kept === undefined ? {} : { kept }) };
}

const NO_LEAF = Buffer.alloc(0);

type Signed = Checkpoint & { readonly note: string };

function manifestOf(
  segments: readonly ArchivedSegment[],
  { size, note }: Signed,
  source: ReturnType<typeof tileSource>,
): ArchiveManifest | undefined {
  const [first, last] = [segments.at(0)?.first, segments.at(-1)?.last];
  if (first === undefined || last === undefined) return undefined;
  return {
    apiVersion: 'sallyport/v1',
    kind: 'ArchiveManifest',
    first,
    last,
    segments: [...segments],
    tree: { size: last, root: rootOf(last, source).toString('base64') },
    checkpoint: note,
    consistency: consistencyProof(last, size, source).map((hash) => hash.toString('base64')),
  };
}

/** Records that are neither there nor archived: nothing behind them is moved, so that it stays seen. */
function gapBefore(name: string | undefined, directory: string): RetentionPlan['kept'] {
  const first = segmentStart(name ?? '') ?? 1;
  const through = readMark(directory)?.through ?? 0;
  if (first <= through + 1) return undefined;
  return { from: first, why: `records ${through + 1} to ${first - 1} are missing` };
}

function readSigned(directory: string, verifier: NoteVerifier): Signed {
  try {
    const note = readFileSync(join(directory, CHECKPOINT_FILE), 'utf8');
    return { ...openCheckpoint(note, verifier), note };
  } catch (cause) {
    if (cause instanceof NoteError) throw new ArchiveError(`the checkpoint of the record: ${cause.message}`, { cause });
    if (codeOf(cause) === 'ENOENT') throw new ArchiveError('the record has no checkpoint yet', { cause });
    throw cause;
  }
}

/** @throws ArchiveError when hashes that were signed are not there. */
async function fromTiles<T>(read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (cause instanceof RangeError || codeOf(cause) === 'ENOENT')
      throw new ArchiveError('the tiles of the record are not all there', { cause });
    throw cause;
  }
}

/** One thing that is done, in its order. */
export type RetentionStep =
  | { readonly does: 'copy'; readonly segment: ArchivedSegment }
  | { readonly does: 'manifest' | 'mark'; readonly name: string; readonly through: number }
  | { readonly does: 'remove'; readonly segment: ArchivedSegment };

/** What a plan comes to, in the order in which it is done: nothing is removed before all of it is in the archive and said to be. */
export function retentionSteps({ segments, manifest }: RetentionPlan): readonly RetentionStep[] {
  if (manifest === undefined) return [];
  const said = { name: manifestName(manifest), through: manifest.last };
  return [
    ...segments.map((segment) => ({ does: 'copy', segment }) as const),
    { does: 'manifest', ...said },
    { does: 'mark', ...said },
    ...segments.map((segment) => ({ does: 'remove', segment }) as const),
  ];
}
