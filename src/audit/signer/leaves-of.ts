import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FrameReader } from '../frame-reader.ts';
import { segmentStart, sortSegments } from '../segment-name.ts';
import { leafHash } from '../tree/hash-tree.ts';

/**
 * The leaf of a record that could not be read when the tree over it was made: that of the empty text, which no record is.
 */
export const LOST_LEAF: Buffer = leafHash(Buffer.alloc(0));

/**
 * The leaves of the records `first` to `last` of the log in `directory`, in order and without a hole: one that cannot be read
 * is `LOST_LEAF`.
 *
 * @throws what the file system said.
 */
export async function* leavesOf(directory: string, first: number, last: number): AsyncGenerator<Buffer> {
  let next = first;
  for (const segment of from(first, sortSegments(await readdir(directory)))) {
    const reader = new FrameReader();
    reader.push(await readFile(join(directory, segment)));
    for (const { payload, sequence } of recordsIn(reader, segmentStart(segment) ?? 1)) {
      if (sequence < next || sequence > last) continue;
      for (; next < sequence; next++) yield LOST_LEAF;
      yield leafHash(payload);
      next++;
    }
  }
  for (; next <= last; next++) yield LOST_LEAF;
}

/** The segments without those that end before the record `first`. */
function from(first: number, segments: readonly string[]): readonly string[] {
  const holding = segments.findLastIndex((segment) => (segmentStart(segment) ?? 0) <= first);
  return segments.slice(Math.max(holding, 0));
}

/** Records with their numbers: counted from the segment's name, and behind damage as they say themselves. */
function* recordsIn(reader: FrameReader, start: number): Generator<{ payload: Buffer; sequence: number }> {
  let sequence = start;
  let isCounted = true;
  for (;;) {
    const next = reader.next();
    if (next.kind === 'record') {
      if (!isCounted) sequence = ownSequence(next.payload) ?? sequence;
      yield { payload: next.payload, sequence };
      sequence++;
    } else if (!reader.skipDamage()) return;
    else isCounted = false;
  }
}

/** The number that a record says it has; `undefined` when it says none. */
export function ownSequence(payload: Buffer): number | undefined {
  try {
    const record: unknown = JSON.parse(payload.toString());
    const text: unknown = typeof record === 'object' && record !== null && Reflect.get(record, 'sequence');
    const sequence = typeof text === 'string' && /^\d{16}$/.test(text) ? Number(text) : Number.NaN;
    return Number.isSafeInteger(sequence) ? sequence : undefined;
  } catch {
    return undefined;
  }
}
