/** Hashes in a full tile (C2SP tlog-tiles). */
export const TILE_WIDTH = 256;

/** Which tile: its level, its place in the level, and how many hashes it has; 256 is a full one. */
export interface TileName {
  readonly level: number;
  readonly index: number;
  readonly width: number;
}

/** The path of a tile below the log's directory, by C2SP tlog-tiles: `tile/0/x001/234`, with `.p/W` for a partial one. */
export function tilePath({ level, index, width }: TileName): string {
  const groups = String(index)
    .padStart(Math.ceil(String(index).length / 3) * 3, '0')
    .match(/.{3}/g);
  const last = groups?.pop() ?? '000';
  const path = [...(groups ?? []).map((group) => `x${group}`), last].join('/');
  return `tile/${level}/${path}${width === TILE_WIDTH ? '' : `.p/${width}`}`;
}

/** The directory of the partial forms of a tile. */
export function partialTilesPath(tile: Pick<TileName, 'level' | 'index'>): string {
  return `${tilePath({ ...tile, width: TILE_WIDTH })}.p`;
}

/** The tiles on the right edge of a tree of `size` leaves, lowest level first: those that are not full. */
export function edgeTiles(size: number): readonly TileName[] {
  const tiles: TileName[] = [];
  for (let level = 0, count = size; count > 0; level++, count = Math.floor(count / TILE_WIDTH)) {
    const width = count % TILE_WIDTH;
    if (width > 0) tiles.push({ level, index: Math.floor(count / TILE_WIDTH), width });
  }
  return tiles;
}
