import { type Frame, findRecord, readFrame } from './framing.ts';

/** A record's payload and where its frame begins in the segment. */
export interface PlacedRecord {
  readonly kind: 'record';
  readonly payload: Buffer;
  readonly offset: number;
}

/** Splits the bytes of a segment, as they come in, into records. */
export class FrameReader {
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  /** Offset in the segment of the first byte of `#bytes`. */
  #base: number;

  /** `offset`: where in the segment the first pushed byte stands. */
  constructor(offset = 0) {
    this.#base = offset;
  }

  /** Offset in the segment after the last whole record. */
  get offset(): number {
    return this.#base + this.#at;
  }

  /** Bytes that were pushed and are not part of a record so far. */
  get rest(): Buffer {
    return this.#bytes.subarray(this.#at);
  }

  push(chunk: Buffer): void {
    const rest = this.rest;
    this.#base += this.#at;
    this.#at = 0;
    this.#bytes = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
  }

  /** The next record, or why there is none. */
  next(): PlacedRecord | Exclude<Frame, { kind: 'record' }> {
    const frame = readFrame(this.#bytes, this.#at);
    if (frame.kind !== 'record') return frame;
    const offset = this.offset;
    this.#at = frame.end;
    return { kind: 'record', payload: frame.payload, offset };
  }

  /** Moves on to the next whole record among the pushed bytes; whether there is one. */
  skipDamage(): boolean {
    const found = findRecord(this.#bytes, this.#at + 1);
    if (found === -1) return false;
    this.#at = found;
    return true;
  }
}
