/**
 * CRC-32C (Castagnoli), the checksum of RFC 3720 §12.1: reflected polynomial 0x82F63B78.
 *
 * Not the CRC-32 of zlib. Eight table steps at a time ("slicing by 8"), because each byte of the record passes here twice; in one
 * table, which takes half the time of eight.
 *
 * @module
 */

const POLYNOMIAL = 0x82f63b78;
const TABLES = makeTables();

/** The CRC-32C of `bytes[start, end)` as an unsigned 32-bit number. */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  const t = TABLES;
  let crc = -1;
  let at = start;
  for (const last = end - 8; at <= last; at += 8) {
    crc ^=
      byteAt(bytes, at) | (byteAt(bytes, at + 1) << 8) | (byteAt(bytes, at + 2) << 16) | (byteAt(bytes, at + 3) << 24);
    crc =
      entry(t, 7 * 256 + (crc & 0xff)) ^
      entry(t, 6 * 256 + ((crc >>> 8) & 0xff)) ^
      entry(t, 5 * 256 + ((crc >>> 16) & 0xff)) ^
      entry(t, 4 * 256 + (crc >>> 24)) ^
      entry(t, 3 * 256 + byteAt(bytes, at + 4)) ^
      entry(t, 2 * 256 + byteAt(bytes, at + 5)) ^
      entry(t, 256 + byteAt(bytes, at + 6)) ^
      entry(t, byteAt(bytes, at + 7));
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ entry(t, (crc ^ byteAt(bytes, at)) & 0xff);
  return ~crc >>> 0;
}

function byteAt(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0;
}

function entry(table: Int32Array, index: number): number {
  return table[index] ?? 0;
}

/** Part k of the table gives the effect of a byte that is followed by k zero bytes. */
function makeTables(): Int32Array {
  const tables = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    tables[byte] = crc;
  }
  for (let at = 256; at < tables.length; at++) {
    const before = entry(tables, at - 256);
    tables[at] = (before >>> 8) ^ entry(tables, before & 0xff);
  }
  return tables;
}
