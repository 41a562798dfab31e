import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FrameReader } from '../frame-reader.ts';
import { readItems } from '../read-segments.ts';
import { indexTerms } from './index-terms.ts';
import { segmentStamp } from './segment-stamp.ts';

/** Bytes of a segment that are no record. */
export interface IndexedFlaw {
  readonly kind: 'damage' | 'incomplete';
  readonly offset: number;
}

/** All that the index says of a segment. */
export interface IndexedSegment {
  readonly name: string;
  readonly stamp: string;
  /** Times of its earliest and latest record, as records have them; empty texts without any. */
  readonly earliest: string;
  readonly latest: string;
  readonly records: number;
  /** By term the offsets of the records that have it, ascending. */
  readonly places: ReadonlyMap<number, readonly number[]>;
  readonly flaws: readonly IndexedFlaw[];
}

/**
 * Reads a segment for the index.
 *
 * @returns `undefined` when it is gone.
 * @throws what the file system said.
 */
export async function scanForIndex(directory: string, name: string): Promise<IndexedSegment | undefined> {
  const path = join(directory, name);
  // Before it is read: what is written meanwhile changes the stamp, and the segment is read again.
  const stamp = await segmentStamp(path);
  if (stamp === undefined) return undefined;
  const reader = new FrameReader();
  reader.push(await readFile(path));
  const places = new Map<number, number[]>();
  const flaws: IndexedFlaw[] = [];
  let span: TimeSpan | undefined;
  let records = 0;
  for (const { item, offset } of readItems(reader, name)) {
    if (item.kind !== 'record') {
      flaws.push({ kind: item.kind, offset: item.offset });
      continue;
    }
    records++;
    span = spanWith(span, item.record.time);
    for (const term of indexTerms(item.record)) {
      const offsets = places.get(term);
      if (offsets === undefined) places.set(term, [offset]);
      else offsets.push(offset);
    }
  }
  const { earliest, latest } = span ?? { earliest: '', latest: '' };
  return { name, stamp, earliest, latest, records, places, flaws };
}

interface TimeSpan {
  readonly earliest: string;
  readonly latest: string;
}

const RECORD_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
/** Before and after all times: a record whose time is none is never left out for its time. */
const ALWAYS: TimeSpan = { earliest: '', latest: '~' };

function spanWith(span: TimeSpan | undefined, time: unknown): TimeSpan {
  if (typeof time !== 'string' || !RECORD_TIME.test(time)) return ALWAYS;
  if (span === undefined) return { earliest: time, latest: time };
  return { earliest: time < span.earliest ? time : span.earliest, latest: time > span.latest ? time : span.latest };
}
