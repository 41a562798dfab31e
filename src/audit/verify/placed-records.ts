import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FrameReader } from '../frame-reader.ts';
import { segmentStart, sortSegments } from '../segment-name.ts';
import { ownSequence } from '../signer/leaves-of.ts';

/** What stands at a place of a segment. */
export type Placed =
  | { readonly kind: 'record'; readonly segment: string; readonly number: number; readonly payload: Buffer }
  /** Bytes that are no record. `isLast`: none follows in the log, as where a service is writing or was stopped. */
  | { readonly kind: 'damage'; readonly segment: string; readonly offset: number; readonly isLast: boolean };

/**
 * Everything in the segments of `directory`, in the order in which it stands there. A record that says no number has that of
 * its place.
 *
 * @throws what the file system said.
 */
export async function* placedRecords(directory: string): AsyncGenerator<Placed> {
  const segments = sortSegments(await readdir(directory));
  for (const segment of segments) {
    const reader = new FrameReader();
    reader.push(await readFile(join(directory, segment)));
    yield* placedIn(reader, segment);
    const isLast = segment === segments.at(-1);
    if (reader.rest.length > 0) yield { kind: 'damage', segment, offset: reader.offset, isLast };
  }
}

function* placedIn(reader: FrameReader, segment: string): Generator<Placed> {
  let place = segmentStart(segment) ?? 1;
  for (;;) {
    const next = reader.next();
    if (next.kind === 'record') {
      const number = ownSequence(next.payload) ?? place;
      yield { kind: 'record', segment, number, payload: next.payload };
      place = number + 1;
      continue;
    }
    const { offset } = reader;
    if (!reader.skipDamage()) return;
    yield { kind: 'damage', segment, offset, isLast: false };
  }
}
