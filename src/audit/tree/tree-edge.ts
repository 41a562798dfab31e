import { EMPTY_ROOT, foldPerfect, HASH_BYTES, nodeHash } from './hash-tree.ts';
import { TILE_WIDTH, type TileName } from './tile-path.ts';

/** A tile and its hashes, side by side. */
export interface Tile extends TileName {
  readonly hashes: Buffer;
}

/** A tree at one moment, with the tiles that it did not have at the moment before. */
export interface TreeMoment {
  readonly size: number;
  readonly root: Buffer;
  readonly tiles: readonly Tile[];
}

interface Level {
  readonly hashes: Buffer;
  width: number;
  /** Tiles of this level that are full. */
  full: number;
}

/**
 * The right edge of a growing Merkle tree: of every level the tile that is not full yet. All that appending needs, so memory
 * does not grow with the log.
 *
 * Each node is hashed once, when its tile fills; the nodes of tiles that are not full are hashed for each `moment()`.
 */
export class TreeEdge {
  readonly #levels: Level[] = [];
  #filled: Tile[] = [];
  #size = 0;

  /** Leaves so far. */
  get size(): number {
    return this.#size;
  }

  /** Goes on with a tree of `size` leaves, whose tiles on the right edge are `tiles`. */
  static resume(size: number, tiles: readonly Tile[]): TreeEdge {
    const edge = new TreeEdge();
    for (let level = 0, count = size; count > 0; level++, count = Math.floor(count / TILE_WIDTH)) {
      const at = edge.#level(level);
      at.width = count % TILE_WIDTH;
      at.full = Math.floor(count / TILE_WIDTH);
      tiles.find((tile) => tile.level === level)?.hashes.copy(at.hashes);
    }
    edge.#size = size;
    return edge;
  }

  /** Appends a leaf, of which `hash` is the hash. */
  add(hash: Uint8Array): void {
    this.#size++;
    this.#put(0, hash);
  }

  /** The root of the tree as it is. */
  root(): Buffer {
    let root: Buffer | undefined;
    for (const { hashes, width } of this.#levels) root = foldPartial(hashes, width, root);
    return root ?? EMPTY_ROOT;
  }

  /** The tree as it is, with all tiles that have filled since the last moment and those of the edge. */
  moment(): TreeMoment {
    const partial = this.#levels.flatMap(({ hashes, width, full }, level) =>
      width === 0 ? [] : [{ level, index: full, width, hashes: Buffer.from(hashes.subarray(0, width * HASH_BYTES)) }],
    );
    const tiles = [...this.#filled, ...partial];
    this.#filled = [];
    return { size: this.#size, root: this.root(), tiles };
  }

  /** Takes back the full tiles of a moment that could not be kept: the next one has them again. */
  owe(tiles: readonly Tile[]): void {
    this.#filled.unshift(...tiles.filter(({ width }) => width === TILE_WIDTH));
  }

  #put(level: number, hash: Uint8Array): void {
    const at = this.#level(level);
    at.hashes.set(hash, at.width * HASH_BYTES);
    at.width++;
    if (at.width < TILE_WIDTH) return;
    this.#filled.push({ level, index: at.full, width: TILE_WIDTH, hashes: Buffer.from(at.hashes) });
    at.width = 0;
    at.full++;
    this.#put(level + 1, foldPerfect(at.hashes));
  }

  #level(level: number): Level {
    return (this.#levels[level] ??= { hashes: Buffer.alloc(TILE_WIDTH * HASH_BYTES), width: 0, full: 0 });
  }
}

/** The node over the first `width` of `hashes`, and `right` of what comes after them. */
function foldPartial(hashes: Buffer, width: number, right: Buffer | undefined): Buffer | undefined {
  let end = width;
  let root = right;
  for (let size = 1; size <= width; size *= 2) {
    if ((width & size) === 0) continue;
    const left = foldPerfect(hashes.subarray((end - size) * HASH_BYTES, end * HASH_BYTES));
    root = root === undefined ? left : nodeHash(left, root);
    end -= size;
  }
  return root;
}
