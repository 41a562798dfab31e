import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readSegments } from '../../src/audit/read-segments.ts';
import type { AuditRecord, RefusalsData } from '../../src/audit/record-shape.ts';
import { sortSegments } from '../../src/audit/segment-name.ts';

/** What a record directory holds. */
export interface RecordVolume {
  readonly bytes: number;
  readonly segments: number;
  readonly largestSegment: number;
  readonly records: number;
  /** Written one by one, or counted by caller and reason. */
  readonly refusals: number;
  /** Characters of the longest record of one call. */
  readonly longestRecord: number;
  /** Places that are no record. */
  readonly damaged: number;
}

/** Reads all of it. */
export async function readVolume(directory: string): Promise<RecordVolume> {
  const sizes = await Promise.all(
    sortSegments(await readdir(directory)).map(async (name) => (await stat(join(directory, name))).size),
  );
  let [records, refusals, longestRecord, damaged] = [0, 0, 0, 0];
  for await (const item of readSegments(directory)) {
    if (item.kind === 'record') {
      records += 1;
      refusals += refusalsIn(item.record);
      if (!item.record.type.includes('.refusals.')) longestRecord = Math.max(longestRecord, item.text.length);
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

function refusalsIn({ type, data }: AuditRecord): number {
  if (type.includes('.refusal.')) return 1;
  if (!type.includes('.refusals.')) return 0;
  return (data as RefusalsData).counts.reduce((sum, { count }) => sum + count, 0);
}
