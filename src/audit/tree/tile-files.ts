import { readFileSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { constants } from 'node:fs';
import { dirname, join } from 'node:path';
import { HASH_BYTES } from './hash-tree.ts';
import type { HashSource } from './prove.ts';
import { partialTilesPath, TILE_WIDTH, type TileName, tilePath } from './tile-path.ts';
import type { Tile } from './tree-edge.ts';

/** By O_DSYNC and not by fsync(2), which Node's permission model forbids. Windows has none. */
const DURABLE = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | (constants.O_DSYNC ?? 0);

/** Writes a tile below `directory`; resolves when it is on the disk. A full one takes the place of its partial forms. */
export async function writeTile(directory: string, tile: Tile): Promise<void> {
  const path = join(directory, tilePath(tile));
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeSynced(path, tile.hashes);
  if (tile.width < TILE_WIDTH) return;
  await rm(join(directory, partialTilesPath(tile)), { recursive: true, force: true });
}

/** Replaces the file at `path`, so that it holds either what it held or all of `bytes`, on the disk. */
export async function replaceSynced(path: string, bytes: Uint8Array | string): Promise<void> {
  await writeSynced(`${path}.next`, bytes);
  await rename(`${path}.next`, path);
}

async function writeSynced(path: string, bytes: Uint8Array | string): Promise<void> {
  await using file = await open(path, DURABLE, 0o600);
  await file.writeFile(bytes);
}

/** The hashes of a tile, or of the full one where it has become that. @throws when it is not there or too short. */
export function readTile(directory: string, tile: TileName): Buffer {
  const bytes = readEither(directory, tile).subarray(0, tile.width * HASH_BYTES);
  if (bytes.length === tile.width * HASH_BYTES) return bytes;
  throw new RangeError(`${tilePath(tile)} is too short`);
}

function readEither(directory: string, tile: TileName): Buffer {
  try {
    return readFileSync(join(directory, tilePath(tile)));
  } catch (cause) {
    if (tile.width === TILE_WIDTH) throw cause;
    return readFileSync(join(directory, tilePath({ ...tile, width: TILE_WIDTH })));
  }
}

/** The hashes of the tree of `size` leaves whose tiles are below `directory`. The last tile read is kept. */
export function tileSource(directory: string, size: number): HashSource {
  let kept: { readonly path: string; readonly hashes: Buffer } | undefined;
  return (level, first, count) => {
    const index = Math.floor(first / TILE_WIDTH);
    const width = Math.min(Math.floor(size / TILE_WIDTH ** level) - index * TILE_WIDTH, TILE_WIDTH);
    const tile = { level, index, width };
    const path = tilePath(tile);
    if (kept?.path !== path) kept = { path, hashes: readTile(directory, tile) };
    const start = (first - index * TILE_WIDTH) * HASH_BYTES;
    return kept.hashes.subarray(start, start + count * HASH_BYTES);
  };
}
