import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256Hex } from '../../kit/digest.ts';
import { FrameReader } from '../frame-reader.ts';
import { readItems } from '../read-segments.ts';
import { segmentStart } from '../segment-name.ts';
import { LOST_LEAF, ownSequence } from '../signer/leaves-of.ts';
import { leafHash } from '../tree/hash-tree.ts';
import type { ArchivedSegment } from './archive-manifest.ts';

/** What was seen of a segment. */
export interface CheckedSegment extends ArchivedSegment {
  /** Number of the first record that is not the one that was signed; absent when all are. */
  readonly wrong?: number;
}

/**
 * Holds the records of a segment, which ends with the number `last`, to the leaves that were signed.
 *
 * @throws what the file system said.
 */
export async function checkSegment(
  directory: string,
  name: string,
  { last, signedLeaf }: { readonly last: number; readonly signedLeaf: (number: number) => Buffer },
): Promise<CheckedSegment> {
  const bytes = await readFile(join(directory, name));
  const first = segmentStart(name) ?? 1;
  const reader = new FrameReader();
  reader.push(bytes);
  const leaves = new Map<number, Buffer>();
  const times: string[] = [];
  let place = first;
  for (const { item } of readItems(reader, name)) {
    if (item.kind !== 'record') continue;
    const payload = Buffer.from(item.text);
    place = ownSequence(payload) ?? place;
    leaves.set(place++, leafHash(payload));
    const { time }: { readonly time: unknown } = item.record;
    if (typeof time === 'string') times.push(time.slice(0, 32));
  }
  times.sort();
  const wrong = firstWrong(leaves, first, last, signedLeaf);
  return {
    name,
    bytes: bytes.length,
    sha256: sha256Hex(bytes),
    first,
    last,
    earliest: times.at(0) ?? '',
    latest: times.at(-1) ?? '',
    ...(wrong === undefined ? {} : { wrong }),
  };
}

/** One that could not be read when it was signed cannot be read now: that is what was signed of it. */
function firstWrong(
  leaves: ReadonlyMap<number, Buffer>,
  first: number,
  last: number,
  signedLeaf: (number: number) => Buffer,
): number | undefined {
  for (let number = first; number <= last; number++)
    if (!signedLeaf(number).equals(leaves.get(number) ?? LOST_LEAF)) return number;
  return [...leaves.keys()].find((number) => number < first || number > last);
}
