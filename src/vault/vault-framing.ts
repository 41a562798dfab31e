import { crc32c } from '../audit/crc32c.ts';

/**
 * How entries stand in a segment of the vault: `"SPV1" · u32 length · u32 CRC-32C · u16 length of the head · head · ciphertext and
 * tag`, numbers big-endian; length and checksum are of what follows them. The checksum finds what a disk did, and the tag what
 * anybody did.
 *
 * @module
 */

const MAGIC = Buffer.from('SPV1');
const HEADER_BYTES = 12;
/** Longest entry that is believed. The configuration allows payloads of 8 MiB. */
const MAX_ENTRY_BYTES = 16 * 1024 * 1024;

/** An entry as it is stored. */
export interface StoredEntry {
  readonly head: Buffer;
  readonly sealed: Buffer;
  /** Where it begins in the segment. */
  readonly offset: number;
}

/** What stands in a segment, in order. */
export type VaultItem =
  | ({ readonly kind: 'entry' } & StoredEntry)
  /** Bytes that are no entry. */
  | { readonly kind: 'damage'; readonly offset: number }
  /** It ends in the middle of an entry: being written, or cut off. */
  | { readonly kind: 'incomplete'; readonly offset: number };

/** The bytes of an entry. */
export function entryBytes(head: Buffer, sealed: Buffer): Buffer {
  const length = 2 + head.length + sealed.length;
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + length);
  MAGIC.copy(bytes);
  bytes.writeUInt32BE(length, 4);
  bytes.writeUInt16BE(head.length, HEADER_BYTES);
  head.copy(bytes, HEADER_BYTES + 2);
  sealed.copy(bytes, HEADER_BYTES + 2 + head.length);
  bytes.writeUInt32BE(crc32c(bytes, HEADER_BYTES, bytes.length), 8);
  return bytes;
}

/** Everything in a segment. Behind damage it goes on at the next whole entry. */
export function* itemsIn(bytes: Buffer): Generator<VaultItem> {
  for (let at = 0; at < bytes.length; ) {
    const entry = entryAt(bytes, at);
    if (entry !== undefined) {
      yield { kind: 'entry', ...entry, offset: at };
      at = entry.end;
      continue;
    }
    const next = nextEntry(bytes, at + 1);
    const isTorn = next === -1 && at + claimedLength(bytes, at) > bytes.length;
    yield { kind: isTorn ? 'incomplete' : 'damage', offset: at };
    at = next === -1 ? bytes.length : next;
  }
}

function entryAt(bytes: Buffer, at: number): { head: Buffer; sealed: Buffer; end: number } | undefined {
  const start = at + HEADER_BYTES;
  if (bytes.length < start + 2 || MAGIC.compare(bytes, at, at + 4) !== 0) return undefined;
  const end = start + bytes.readUInt32BE(at + 4);
  if (end - start > MAX_ENTRY_BYTES || end > bytes.length || end < start + 2) return undefined;
  const sealedAt = start + 2 + bytes.readUInt16BE(start);
  if (sealedAt > end || crc32c(bytes, start, end) !== bytes.readUInt32BE(at + 8)) return undefined;
  return { head: bytes.subarray(start + 2, sealedAt), sealed: bytes.subarray(sealedAt, end), end };
}

/** How long what begins here says that it is; a header that is not whole, or says too much, would go beyond the end. */
function claimedLength(bytes: Buffer, at: number): number {
  if (bytes.length < at + HEADER_BYTES) return HEADER_BYTES;
  if (MAGIC.compare(bytes, at, at + 4) !== 0) return 0;
  const length = bytes.readUInt32BE(at + 4);
  return length > MAX_ENTRY_BYTES ? 0 : HEADER_BYTES + length;
}

function nextEntry(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(MAGIC, from); at !== -1; at = bytes.indexOf(MAGIC, at + 1)) {
    if (entryAt(bytes, at) !== undefined) return at;
  }
  return -1;
}
