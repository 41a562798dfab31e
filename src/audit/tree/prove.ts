import { EMPTY_ROOT, foldPerfect, HASH_BYTES, nodeHash } from './hash-tree.ts';
import { TILE_WIDTH } from './tile-path.ts';

/**
 * Where the hashes of a tree are had: `count` hashes side by side of level `level` (of tiles), from number `first` on, all of
 * one tile.
 *
 * @throws when they are not there.
 */
export type HashSource = (level: number, first: number, count: number) => Buffer;

/** The root of the first `size` leaves. */
export function rootOf(size: number, source: HashSource): Buffer {
  return size === 0 ? EMPTY_ROOT : subtree(0, size, source);
}

/** The inclusion proof of the leaf `index` in the tree of the first `size` leaves (RFC 9162 §2.1.3.1), leaf's sibling first. */
export function inclusionProof(index: number, size: number, source: HashSource): readonly Buffer[] {
  if (index >= size) throw new RangeError(`no leaf ${index} in a tree of ${size}`);
  const path: Buffer[] = [];
  let [from, to] = [0, size];
  while (to - from > 1) {
    const middle = from + splitOf(to - from);
    if (index < middle) {
      path.push(subtree(middle, to, source));
      to = middle;
    } else {
      path.push(subtree(from, middle, source));
      from = middle;
    }
  }
  return path.toReversed();
}

/** The proof that the tree of the first `size` leaves begins with that of the first `old` ones (RFC 9162 §2.1.4.1). */
export function consistencyProof(old: number, size: number, source: HashSource): readonly Buffer[] {
  if (old > size) throw new RangeError(`a tree of ${size} does not begin with one of ${old}`);
  if (old === 0 || old === size) return [];
  const proof: Buffer[] = [];
  let [from, to] = [0, size];
  let isWhole = true;
  while (to !== old) {
    const middle = from + splitOf(to - from);
    if (old <= middle) {
      proof.push(subtree(middle, to, source));
      to = middle;
    } else {
      proof.push(subtree(from, middle, source));
      from = middle;
      isWhole = false;
    }
  }
  if (!isWhole) proof.push(subtree(from, to, source));
  return proof.toReversed();
}

/** The hash over the leaves `[from, to)`, which a tree has as a node or on its right edge. */
function subtree(from: number, to: number, source: HashSource): Buffer {
  const count = to - from;
  const left = splitOf(count);
  if (left * 2 !== count && count !== 1)
    return nodeHash(subtree(from, from + left, source), subtree(from + left, to, source));
  let [level, size] = [0, count];
  while (size >= TILE_WIDTH) {
    level++;
    size /= TILE_WIDTH;
  }
  const hashes = source(level, from / TILE_WIDTH ** level, size);
  if (hashes.length !== size * HASH_BYTES) throw new RangeError('a tile is too short');
  return foldPerfect(hashes);
}

/** The largest power of two below `count`; 1 for 1. */
function splitOf(count: number): number {
  let split = 1;
  while (split * 2 < count) split *= 2;
  return split;
}
