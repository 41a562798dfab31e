import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { checkConsistency, checkInclusion } from './check-proof.ts';
import { EMPTY_ROOT, foldPerfect, HASH_BYTES, leafHash, leafHashInPlace } from './hash-tree.ts';
import { consistencyProof, type HashSource, inclusionProof, rootOf } from './prove.ts';
import { edgeTiles, TILE_WIDTH, tilePath } from './tile-path.ts';
import { type Tile, TreeEdge } from './tree-edge.ts';

const leaves = Array.from({ length: 1400 }, (_, index) => leafHash(Buffer.from(`record ${index}`)));

/** MTH of RFC 9162 §2.1.1, word by word. */
function mth(from: number, to: number): Buffer {
  const count = to - from;
  if (count === 0) return createHash('sha256').digest();
  if (count === 1) return leaves[from] ?? Buffer.alloc(0);
  let split = 1;
  while (split * 2 < count) split *= 2;
  const hash = createHash('sha256')
    .update(Buffer.of(1))
    .update(mth(from, from + split));
  return hash.update(mth(from + split, to)).digest();
}

/** A tree of the first `size` leaves, and the tiles it has had by then. */
function grown(size: number): { edge: TreeEdge; tiles: Map<string, Tile> } {
  const edge = new TreeEdge();
  for (const leaf of leaves.slice(0, size)) edge.add(leaf);
  return { edge, tiles: new Map(edge.moment().tiles.map((tile) => [tilePath(tile), tile])) };
}

function sourceOf(tiles: ReadonlyMap<string, Tile>, size: number): HashSource {
  return (level, first, count) => {
    const index = Math.floor(first / TILE_WIDTH);
    const width = Math.min(Math.floor(size / TILE_WIDTH ** level) - index * TILE_WIDTH, TILE_WIDTH);
    const start = (first - index * TILE_WIDTH) * HASH_BYTES;
    const tile = tiles.get(tilePath({ level, index, width }));
    assert.ok(tile !== undefined);
    return tile.hashes.subarray(start, start + count * HASH_BYTES);
  };
}

const sizes = fc.integer({ min: 1, max: leaves.length });

suite('TreeEdge', () => {
  test('has the root of RFC 9162 at each size', () => {
    const edge = new TreeEdge();
    assert.deepEqual(edge.root(), EMPTY_ROOT);
    const wrong = leaves.slice(0, 600).filter((leaf, index) => {
      edge.add(leaf);
      return !edge.root().equals(mth(0, index + 1));
    });
    assert.deepEqual(wrong, []);
  });

  test('goes on from its tiles as if it had never stopped', () => {
    fc.assert(
      fc.property(sizes, fc.integer({ min: 0, max: 300 }), (size, more) => {
        const { tiles } = grown(size);
        const resumed = TreeEdge.resume(
          size,
          edgeTiles(size).map((tile) => tiles.get(tilePath(tile)) ?? assert.fail(tilePath(tile))),
        );
        for (const leaf of leaves.slice(size, size + more)) resumed.add(leaf);
        assert.deepEqual(resumed.root(), mth(0, Math.min(size + more, leaves.length)));
      }),
      { numRuns: 30 },
    );
  });

  test('gives full tiles once, and again those that could not be kept', () => {
    const edge = new TreeEdge();
    for (const leaf of leaves.slice(0, 300)) edge.add(leaf);
    const { tiles } = edge.moment();
    assert.deepEqual(tiles.map(tilePath), ['tile/0/000', 'tile/0/001.p/44', 'tile/1/000.p/1']);
    assert.deepEqual(edge.moment().tiles.map(tilePath), ['tile/0/001.p/44', 'tile/1/000.p/1']);
    edge.owe(tiles);
    assert.deepEqual(edge.moment().tiles.map(tilePath), ['tile/0/000', 'tile/0/001.p/44', 'tile/1/000.p/1']);
  });
});

suite('tilePath()', () => {
  test('is that of C2SP tlog-tiles', () => {
    assert.equal(tilePath({ level: 0, index: 1_234_067, width: 256 }), 'tile/0/x001/x234/067');
    assert.equal(tilePath({ level: 1, index: 5, width: 17 }), 'tile/1/005.p/17');
    assert.deepEqual(edgeTiles(70_000).map(tilePath), ['tile/0/273.p/112', 'tile/1/001.p/17', 'tile/2/000.p/1']);
    assert.deepEqual(edgeTiles(256).map(tilePath), ['tile/1/000.p/1']);
  });
});

suite('inclusionProof(), consistencyProof()', () => {
  test('are proofs of the root, and of nothing else', () => {
    fc.assert(
      fc.property(sizes, fc.nat(), fc.nat(), (size, at, other) => {
        const source = sourceOf(grown(size).tiles, size);
        const root = mth(0, size);
        assert.deepEqual(rootOf(size, source), root);
        const index = at % size;
        const leaf = leaves[index] ?? Buffer.alloc(0);
        const proof = inclusionProof(index, size, source);
        assert.ok(checkInclusion({ index, size, root }, leaf, proof));
        assert.equal(checkInclusion({ index: other % size, size, root }, leaf, proof), other % size === index);
        assert.equal(checkInclusion({ index, size, root: leafHash(root) }, leaf, proof), false);
        const old = 1 + (other % size);
        const grows = consistencyProof(old, size, source);
        assert.ok(checkConsistency({ size: old, root: mth(0, old) }, { size, root }, grows));
        const forged = { size: old, root: leafHash(root) };
        assert.equal(checkConsistency(forged, { size, root }, grows), false);
      }),
      { numRuns: 60 },
    );
  });

  test('refuse what is not in the tree', () => {
    const source = sourceOf(grown(3).tiles, 3);
    assert.throws(() => inclusionProof(3, 3, source), RangeError);
    assert.throws(() => consistencyProof(4, 3, source), RangeError);
    assert.equal(checkInclusion({ index: 3, size: 3, root: mth(0, 3) }, EMPTY_ROOT, []), false);
    assert.equal(checkConsistency({ size: 4, root: EMPTY_ROOT }, { size: 3, root: EMPTY_ROOT }, []), false);
  });
});

suite('foldPerfect(), leafHashInPlace()', () => {
  test('are the hashes of their definition', () => {
    for (const count of [1, 2, 4, 128, 256])
      assert.deepEqual(foldPerfect(Buffer.concat(leaves.slice(0, count))), mth(0, count));
    const bytes = Buffer.from('xrecordx');
    assert.deepEqual(leafHashInPlace(bytes, 1, 7), leafHash(Buffer.from('record')));
  });
});
