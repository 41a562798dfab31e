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
 * Everything in the segments of `directory`, in the order in which it stands there, with those that are in `archive` alone. A
 * record that says no number has that of its place.
 *
 * @throws what the file system said.
 */
export async function* placedRecords(directory: string, archive?: string): AsyncGenerator<Placed> {
  const segments = await segmentPlaces(directory, archive);
  for (const [index, { segment, path }] of segments.entries()) {
    const reader = new FrameReader();
    reader.push(await readFile(path));
    yield* placedIn(reader, segment);
    const isLast = index === segments.length - 1;
    if (reader.rest.length > 0) yield { kind: 'damage', segment, offset: reader.offset, isLast };
  }
}

interface SegmentPlace {
  readonly segment: string;
  readonly path: string;
}

/** The segments of a log and of its archive, oldest first. @throws what the file system said. */
export async function segmentPlaces(directory: string, archive?: string): Promise<readonly SegmentPlace[]> {
  const places = new Map<string, string>();
  for (const place of archive === undefined ? [directory] : [archive, directory])
    for (const segment of sortSegments(await readdir(place))) places.set(segment, join(place, segment));
  return sortSegments([...places.keys()]).map((segment) => ({ segment, path: places.get(segment) ?? '' }));
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
