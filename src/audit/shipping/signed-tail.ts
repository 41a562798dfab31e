import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FrameReader } from '../frame-reader.ts';
import { segmentStart, sortSegments } from '../segment-name.ts';
import type { ShippedRecord } from './record-sink.ts';

const CHUNK_BYTES = 256 * 1024;
/**
 * Most records and bytes of text that are read at once: with them in memory a place may be gone for as long as it likes, and with
 * what Kafka adds to them they stay below the 1 MiB that it takes at once.
 */
const MAX_RECORDS = 500;
const MAX_BYTES = 512 * 1024;

/** Records that follow each other. */
export interface ReadRecords {
  readonly records: readonly ShippedRecord[];
  /** How many are not in the log any more that should stand before or among them. */
  readonly missing: number;
}

/**
 * Reads the log once more, some records at a time, behind the one it was told of.
 *
 * It keeps no byte from one time to the next: what stands behind the last signed record may still be cut off and written anew.
 */
export class SignedTail {
  readonly #directory: string;
  #next: number;
  #segment: string | undefined;
  /** Where in the segment the next record begins. */
  #offset = 0;

  /** `after`: number of the last record that is not wanted. */
  constructor(directory: string, after: number) {
    this.#directory = directory;
    this.#next = after + 1;
  }

  /** Number of the last record that was given, or is missing. */
  get through(): number {
    return this.#next - 1;
  }

  /** The next records, none with a number above `signed`. @throws what the file system said. */
  async read(signed: number): Promise<ReadRecords> {
    const batch = new Batch(this.#next);
    const segments = this.#next > signed ? [] : sortSegments(await readdir(this.#directory));
    for (const segment of segments.slice(this.#indexIn(segments))) {
      if (segment !== this.#segment) this.#offset = 0;
      this.#segment = segment;
      if ((await this.#readSegment(batch, signed)) === 'enough') break;
    }
    this.#next = batch.next;
    return batch;
  }

  /** Of the segment that holds the next record, or else the oldest there is. */
  #indexIn(segments: readonly string[]): number {
    const at = this.#segment === undefined ? -1 : segments.indexOf(this.#segment);
    if (at !== -1) return at;
    return Math.max(
      0,
      segments.findLastIndex((segment) => (segmentStart(segment) ?? Infinity) <= this.#next),
    );
  }

  async #readSegment(batch: Batch, signed: number): Promise<'enough' | 'end'> {
    await using file = await open(join(this.#directory, this.#segment ?? ''), 'r');
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    const reader = new FrameReader(this.#offset);
    for (let at = this.#offset; ; ) {
      const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, at);
      if (bytesRead === 0) return 'end';
      at += bytesRead;
      reader.push(chunk.subarray(0, bytesRead));
      if (this.#take(reader, batch, signed) === 'enough') return 'enough';
    }
  }

  /** Damage is stepped over: the number of the record behind it tells how many are missing. */
  #take(reader: FrameReader, batch: Batch, signed: number): 'enough' | 'more' {
    while (!batch.isFull) {
      const next = reader.next();
      if (next.kind === 'record') {
        const text = next.payload.toString();
        const sequence = sequenceOf(text);
        if (sequence > signed) return 'enough';
        batch.add({ sequence, text }, next.payload.length);
        this.#offset = reader.offset;
      } else if (!reader.skipDamage()) return 'more';
    }
    return 'enough';
  }
}

class Batch implements ReadRecords {
  readonly records: ShippedRecord[] = [];
  missing = 0;
  #bytes = 0;
  #next: number;

  constructor(next: number) {
    this.#next = next;
  }

  get next(): number {
    return this.#next;
  }

  get isFull(): boolean {
    return this.records.length >= MAX_RECORDS || this.#bytes >= MAX_BYTES;
  }

  /** Takes it, unless it was there before or has no number. */
  add(record: ShippedRecord, bytes: number): void {
    if (!(record.sequence >= this.#next)) return;
    this.missing += record.sequence - this.#next;
    this.#next = record.sequence + 1;
    this.#bytes += bytes;
    this.records.push(record);
  }
}

/** The number in a record's text. Behind `data` a quote in a value is escaped, so that the last such member is the one. */
function sequenceOf(text: string): number {
  const name = '"sequence":"';
  const start = text.lastIndexOf(name) + name.length;
  return Number(text.slice(start, start + 16));
}
