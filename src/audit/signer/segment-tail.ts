import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { HEADER_BYTES, readFrame } from '../framing.ts';
import { segmentName } from '../segment-name.ts';

/** Bytes of a segment, from where they begin to where they end. */
export interface Stretch {
  readonly path: string;
  readonly from: number;
  readonly to: number;
}

/** The log does not hold what was written to it. */
export class LogChangedError extends Error {
  override readonly name = 'LogChangedError';
}

const CHUNK_BYTES = 512 * 1024;

/**
 * Reads the records of a log once more, as they were written behind the record `next - 1`. The segment that begins with `next`
 * must not have been begun by then.
 *
 * From the page cache: nothing is handed over between who writes and who reads but how far the log is whole.
 */
export class SegmentTail {
  readonly #directory: string;
  #next: number;
  #fd: number | undefined;
  #path = '';
  #offset = 0;
  #chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  /** Where the records stand that were read since `forget()`: also when reading ended with an error. */
  #stretches: Stretch[] = [];

  constructor(directory: string, next: number) {
    this.#directory = directory;
    this.#next = next;
  }

  /**
   * Gives the payloads of the records up to number `through`, of which all must have been written, to `each`: as a stretch of a
   * buffer whose byte before it is free. What was given is not given again, whatever happens.
   *
   * @throws LogChangedError when they are not there, or what the file system said.
   */
  read(through: number, each: (bytes: Buffer, start: number, end: number) => void): void {
    while (this.#next <= through) {
      if (this.#fd === undefined) this.#begin();
      const from = this.#offset;
      try {
        this.#readChunk(through, each);
      } finally {
        if (this.#offset > from) this.#stretches.push({ path: this.#path, from, to: this.#offset });
      }
      if (this.#offset === from) this.#end();
    }
  }

  /** Where the records stand that were read and not forgotten yet, one stretch a segment as far as that goes. */
  get stretches(): readonly Stretch[] {
    const all: Stretch[] = [];
    for (const stretch of this.#stretches) {
      const last = all.at(-1);
      if (last?.path === stretch.path && last.to === stretch.from) all[all.length - 1] = { ...last, to: stretch.to };
      else all.push(stretch);
    }
    return all;
  }

  /** What was read until now need not be named again. */
  forget(): void {
    this.#stretches = [];
  }

  close(): void {
    this.#end();
  }

  #readChunk(through: number, each: (bytes: Buffer, start: number, end: number) => void): void {
    const begin = this.#offset;
    const length = readSync(this.#fd ?? -1, this.#chunk, 0, this.#chunk.length, begin);
    const bytes = this.#chunk.subarray(0, length);
    while (this.#next <= through && this.#offset - begin < length) {
      const at = this.#offset - begin;
      const frame = readFrame(bytes, at);
      // What is not whole in this chunk is in the next; all of it was written, so at the begin of one it must be whole.
      if (frame.kind === 'incomplete' && at > 0) return;
      if (frame.kind !== 'record') throw new LogChangedError(`${this.#path}: byte ${this.#offset} was changed`);
      each(bytes, at + HEADER_BYTES, frame.end);
      this.#offset = begin + frame.end;
      this.#next++;
    }
  }

  #begin(): void {
    this.#path = join(this.#directory, segmentName(this.#next));
    this.#fd = openSync(this.#path, 'r');
    this.#offset = 0;
  }

  #end(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }
}
