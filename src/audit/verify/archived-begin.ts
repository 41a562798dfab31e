import { codeOf } from '../../kit/cause.ts';
import { readMark } from '../archive/archived-mark.ts';
import { segmentStart } from '../segment-name.ts';
import { tileSource } from '../tree/tile-files.ts';
import { edgeTiles, TILE_WIDTH } from '../tree/tile-path.ts';
import { type Tile, TreeEdge } from '../tree/tree-edge.ts';
import { segmentPlaces } from './placed-records.ts';

/** The begin of a log that is archived and not shown: so many records, and the edge of the tree over them. */
export interface ArchivedBegin {
  readonly size: number;
  /** Not there when the tiles of the log do not have the tree that the mark names. */
  readonly tiles: readonly Tile[] | undefined;
}

/**
 * How many records before the first that is there are archived, by the mark in `directory`. Others are missing, as what was never
 * signed: that is not archived.
 *
 * @param signed records that are signed, whose tiles should be there.
 * @throws ArchiveError when the mark is none; what the file system said.
 */
export async function archivedBegin(
  { directory, archive }: { readonly directory: string; readonly archive?: string | undefined },
  signed: number,
): Promise<ArchivedBegin> {
  const mark = readMark(directory);
  const [first] = await segmentPlaces(directory, archive);
  const before = first === undefined ? Number.POSITIVE_INFINITY : (segmentStart(first.segment) ?? 1) - 1;
  const size = Math.min(before, mark?.through ?? 0, signed);
  if (mark === undefined || size === 0) return { size: 0, tiles: [] };
  const tiles = tilesOf(directory, size, signed);
  const isMarked = size < mark.through || tiles === undefined || rootIs(size, tiles, mark.root);
  return { size, tiles: isMarked ? tiles : undefined };
}

function rootIs(size: number, tiles: readonly Tile[], root: string): boolean {
  return TreeEdge.resume(size, tiles).root().toString('base64') === root;
}

function tilesOf(directory: string, size: number, signed: number): readonly Tile[] | undefined {
  const source = tileSource(directory, signed);
  try {
    return edgeTiles(size).map((tile) => ({
      ...tile,
      hashes: Buffer.from(source(tile.level, tile.index * TILE_WIDTH, tile.width)),
    }));
  } catch (cause) {
    if (cause instanceof RangeError || codeOf(cause) === 'ENOENT') return undefined;
    throw cause;
  }
}
