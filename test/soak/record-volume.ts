import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readSegments } from '../../src/audit/read-segments.ts';

/** What a record directory holds. */
export interface RecordVolume {
  readonly bytes: number;
  readonly segments: number;
  readonly largestSegment: number;
  readonly records: number;
  readonly refusals: number;
  /** Characters of the longest record. */
  readonly longestRecord: number;
  /** Places that are no record. */
  readonly damaged: number;
}

/** Reads all of it. */
export async function readVolume(directory: string): Promise<RecordVolume> {
  const sizes = await Promise.all(
    (await readdir(directory)).map(async (name) => (await stat(join(directory, name))).size),
  );
  let [records, refusals, longestRecord, damaged] = [0, 0, 0, 0];
  for await (const item of readSegments(directory)) {
    if (item.kind === 'record') {
      records += 1;
      refusals += item.record.type.includes('.refusal.') ? 1 : 0;
      longestRecord = Math.max(longestRecord, item.text.length);
    } else damaged += 1;
  }
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  return {
    bytes,
    segments: sizes.length,
    largestSegment: Math.max(0, ...sizes),
    records,
    refusals,
    longestRecord,
    damaged,
  };
}
