import { crc32c } from './crc32c.ts';

/**
 * How records stand in a segment (DESIGN §8): length, checksum, payload, with nothing between and before them.
 *
 * `u32 length of the payload · u32 CRC-32C of the payload · payload`, both numbers big-endian; the payload is one record
 * in RFC 8785 JSON, UTF-8.
 *
 * @module
 */

export const HEADER_BYTES = 8;

/** Longest payload that is written or believed, in bytes. A length above it is damage. */
export const MAX_PAYLOAD_BYTES = 256 * 1024;

/** What stands at an offset of a segment. */
export type Frame =
  | { readonly kind: 'record'; readonly payload: Buffer; readonly end: number }
  /** The bytes end before the frame does: being written, or torn. */
  | { readonly kind: 'incomplete' }
  /** No record begins here. */
  | { readonly kind: 'damaged' };

/** Most bytes that `writeFrame` needs for a payload of `length` UTF-16 code units. */
export function frameBound(length: number): number {
  return HEADER_BYTES + length * 3;
}

/**
 * Writes `payload` as a frame at `offset` and returns the offset after it.
 *
 * @throws RangeError for a payload that would not be believed when read.
 */
export function writeFrame(buffer: Buffer, offset: number, payload: string): number {
  const start = offset + HEADER_BYTES;
  const length = buffer.write(payload, start, 'utf8');
  if (length > MAX_PAYLOAD_BYTES) throw new RangeError(`a record of ${length} bytes is too long`);
  buffer.writeUInt32BE(length, offset);
  buffer.writeUInt32BE(crc32c(buffer, start, start + length), offset + 4);
  return start + length;
}

/** Reads the frame at `offset`. */
export function readFrame(bytes: Buffer, offset: number): Frame {
  if (bytes.length - offset < HEADER_BYTES) return { kind: 'incomplete' };
  const length = bytes.readUInt32BE(offset);
  if (length === 0 || length > MAX_PAYLOAD_BYTES) return { kind: 'damaged' };
  const start = offset + HEADER_BYTES;
  const end = start + length;
  if (end > bytes.length) return { kind: 'incomplete' };
  if (crc32c(bytes, start, end) !== bytes.readUInt32BE(offset + 4)) return { kind: 'damaged' };
  return { kind: 'record', payload: bytes.subarray(start, end), end };
}

/** Offset of the first whole record at or after `from`, or -1. For looking behind damage. */
export function findRecord(bytes: Buffer, from: number): number {
  for (let offset = from; offset + HEADER_BYTES < bytes.length; offset++) {
    if (readFrame(bytes, offset).kind === 'record') return offset;
  }
  return -1;
}
