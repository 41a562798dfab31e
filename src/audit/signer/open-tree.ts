import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '../../kit/cause.ts';
import { type Checkpoint, openCheckpoint } from '../checkpoint/checkpoint.ts';
import { NoteError, type NoteVerifier } from '../checkpoint/signed-note.ts';
import { LogDamagedError } from '../open-log.ts';
import { readTile } from '../tree/tile-files.ts';
import { edgeTiles } from '../tree/tile-path.ts';
import { TreeEdge } from '../tree/tree-edge.ts';
import { leavesOf } from './leaves-of.ts';
import { CHECKPOINT_FILE } from './log-signer.ts';

export interface OpenedTree {
  readonly edge: TreeEdge;
  /** Records that were signed and are not there any more. */
  readonly missing: number;
}

/**
 * The tree over the `count` records of the log in `directory`, from its tiles and the records that came after them.
 *
 * Where tiles are missing or do not fit, the tree is made anew from the records, and must have the root that was signed. A log
 * that is shorter than what was signed is not continued, or with `set_aside` goes on behind what was signed.
 *
 * @throws LogDamagedError when the records are not those that were signed; what the file system said.
 */
export async function openTree(
  directory: string,
  count: number,
  { verifier, onDamage }: { readonly verifier: NoteVerifier; readonly onDamage: 'refuse' | 'set_aside' },
): Promise<OpenedTree> {
  const signed = lastCheckpoint(directory, verifier);
  const missing = Math.max((signed?.size ?? 0) - count, 0);
  if (missing > 0 && onDamage === 'refuse') throw new LogDamagedError(shortText(directory, count, missing));
  const resumed = signed === undefined ? undefined : resume(directory, signed);
  const edge = resumed ?? new TreeEdge();
  for await (const leaf of leavesOf(directory, edge.size + 1, count)) {
    edge.add(leaf);
    const isSigned = signed !== undefined && edge.size === signed.size;
    if (isSigned && !edge.root().equals(signed.root)) throw new LogDamagedError(changedText(directory, signed.size));
  }
  if (edge.size < (signed?.size ?? 0)) throw new LogDamagedError(changedText(directory, signed?.size ?? 0));
  return { edge, missing };
}

/** What the checkpoint in `directory` says; `undefined` when there is none that this key has signed. */
export function lastCheckpoint(directory: string, verifier: NoteVerifier): Checkpoint | undefined {
  try {
    return openCheckpoint(readFileSync(join(directory, CHECKPOINT_FILE), 'utf8'), verifier);
  } catch (cause) {
    if (cause instanceof NoteError || codeOf(cause) === 'ENOENT') return undefined;
    throw cause;
  }
}

/** The edge of the tree that was signed; `undefined` when its tiles are missing or hash to another root. */
function resume(directory: string, { size, root }: Checkpoint): TreeEdge | undefined {
  try {
    const tiles = edgeTiles(size).map((tile) => ({ ...tile, hashes: readTile(directory, tile) }));
    const edge = TreeEdge.resume(size, tiles);
    return edge.root().equals(root) ? edge : undefined;
  } catch (cause) {
    if (cause instanceof RangeError || codeOf(cause) === 'ENOENT') return undefined;
    throw cause;
  }
}

const ADVICE =
  'Keep a copy of the directory and look at it with `sallyport audit verify`; then move it away to begin a new log';

function shortText(directory: string, count: number, missing: number): string {
  return (
    `${directory}: ${missing} records behind number ${count} were signed and are not there. ${ADVICE}, ` +
    'or set audit.on_damage: set_aside to go on behind them.'
  );
}

function changedText(directory: string, size: number): string {
  return `${directory}: the first ${size} records are not those that were signed. ${ADVICE}.`;
}
