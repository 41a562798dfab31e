import { hash } from 'node:crypto';

/**
 * The hashes of RFC 9162 §2.1: a leaf is SHA-256(0x00 ‖ record), a node SHA-256(0x01 ‖ left ‖ right).
 *
 * @module
 */

export const HASH_BYTES = 32;

/** The hash of a leaf that is `record`. */
export function leafHash(record: Uint8Array): Buffer {
  const input = Buffer.allocUnsafe(record.length + 1);
  input.writeUInt8(0, 0);
  input.set(record, 1);
  return sha256(input);
}

/**
 * The same for a record that stands in `bytes` at `[start, end)`, without copying it. The byte before it becomes 0.
 *
 * `start` must be at least 1.
 */
export function leafHashInPlace(bytes: Buffer, start: number, end: number): Buffer {
  bytes.writeUInt8(0, start - 1);
  return sha256(bytes.subarray(start - 1, end));
}

/** The hash of the node over two subtrees. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  const input = Buffer.allocUnsafe(1 + 2 * HASH_BYTES);
  input.writeUInt8(1, 0);
  input.set(left, 1);
  input.set(right, 1 + HASH_BYTES);
  return sha256(input);
}

/** Node gives bytes of their own for a hash in twice the time that it gives a text in, and a buffer for that. */
function sha256(input: Buffer): Buffer {
  return Buffer.from(hash('sha256', input, 'latin1'), 'latin1');
}

/** The root over `hashes`, whose number is a power of two, side by side. */
export function foldPerfect(hashes: Uint8Array): Buffer {
  const level = Buffer.alloc(1 + hashes.length);
  level.set(hashes, 1);
  // Each node is hashed where its children lie: the byte before them becomes the prefix, and was used up before.
  for (let count = hashes.length / HASH_BYTES; count > 1; count /= 2) {
    for (let index = 0; index < count / 2; index++) foldPair(level, index);
  }
  return Buffer.from(level.subarray(1, 1 + HASH_BYTES));
}

/** Puts the node over the hashes `2 index` and `2 index + 1` where the hash `index` was. */
function foldPair(level: Buffer, index: number): void {
  const left = 1 + 2 * index * HASH_BYTES;
  level.writeUInt8(1, left - 1);
  const node = hash('sha256', level.subarray(left - 1, left + 2 * HASH_BYTES), 'latin1');
  level.write(node, 1 + index * HASH_BYTES, 'latin1');
}

/** The root of a tree without leaves. */
export const EMPTY_ROOT: Buffer = hash('sha256', '', 'buffer');
