import { open } from 'node:fs/promises';
import { FrameReader } from './frame-reader.ts';

/** What a whole look through a segment found. */
export interface SegmentScan {
  /** Payload of the last whole record. */
  readonly last: Buffer | undefined;
  /** Bytes up to the first that is not part of a record. */
  readonly goodBytes: number;
  readonly totalBytes: number;
  /**
   * `whole`: records and nothing else. `torn`: behind `goodBytes` no record begins, as after a crash in the middle of a
   * write. `damaged`: behind bytes that are no record, records follow.
   */
  readonly state: 'whole' | 'torn' | 'damaged';
}

const CHUNK_BYTES = 1024 * 1024;

/**
 * Reads a segment from front to back, checking every record.
 *
 * @throws what the file system said.
 */
export async function scanSegment(path: string): Promise<SegmentScan> {
  await using file = await open(path, 'r');
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  const reader = new FrameReader();
  let last: Buffer | undefined;
  let totalBytes = 0;
  for (;;) {
    const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, totalBytes);
    if (bytesRead === 0) break;
    totalBytes += bytesRead;
    reader.push(chunk.subarray(0, bytesRead));
    last = lastOf(reader) ?? last;
  }
  const goodBytes = reader.offset;
  if (goodBytes === totalBytes) return { last, goodBytes, totalBytes, state: 'whole' };
  if (!reader.skipDamage()) return { last, goodBytes, totalBytes, state: 'torn' };
  return { last: lastBehindDamage(reader) ?? last, goodBytes, totalBytes, state: 'damaged' };
}

/** Takes all whole records there are and answers the last. */
function lastOf(reader: FrameReader): Buffer | undefined {
  let last: Buffer | undefined;
  for (;;) {
    const next = reader.next();
    if (next.kind !== 'record') return last;
    last = next.payload;
  }
}

function lastBehindDamage(reader: FrameReader): Buffer | undefined {
  let last: Buffer | undefined;
  do {
    last = lastOf(reader) ?? last;
  } while (reader.skipDamage());
  return last;
}
