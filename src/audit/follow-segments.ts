import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FrameReader } from './frame-reader.ts';
import { itemsOf, type LogItem } from './read-segments.ts';
import { sortSegments } from './segment-name.ts';

export interface FollowOptions {
  /** How many of the records that are there already come first; `Infinity` for all. */
  readonly last: number;
  /** Resolves when it is time to look again; false: stop. */
  readonly wait: () => Promise<boolean>;
}

const CHUNK_BYTES = 1024 * 1024;

/**
 * Reads the log from `directory` while a writer goes on with it: the last records, then each as it is written.
 *
 * A record that is half written is waited for. Damage is told and stepped over.
 *
 * @throws what the file system said.
 */
export async function* followSegments(directory: string, { last, wait }: FollowOptions): AsyncGenerator<LogItem> {
  const kept: LogItem[] = [];
  const position = new Position(directory);
  for await (const item of position.advance()) {
    kept.push(item);
    if (kept.length > last) kept.shift();
  }
  yield* kept;
  while (await wait()) yield* position.advance();
}

/** How far the log has been read. */
class Position {
  readonly #directory: string;
  #segment: string | undefined;
  #reader = new FrameReader();
  #read = 0;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Everything that has been written since the last call. */
  async *advance(): AsyncGenerator<LogItem> {
    const segments = sortSegments(await readdir(this.#directory));
    const from = this.#segment === undefined ? 0 : Math.max(segments.indexOf(this.#segment), 0);
    for (const segment of segments.slice(from)) {
      if (segment !== this.#segment) yield* this.#begin(segment);
      yield* this.#readOn(segment);
    }
  }

  /** The segment before is complete now: what is left of it is no record being written. */
  *#begin(segment: string): Generator<LogItem> {
    const { offset, rest } = this.#reader;
    if (this.#segment !== undefined && rest.length > 0) yield { kind: 'incomplete', segment: this.#segment, offset };
    this.#segment = segment;
    this.#reader = new FrameReader();
    this.#read = 0;
  }

  async *#readOn(segment: string): AsyncGenerator<LogItem> {
    await using file = await open(join(this.#directory, segment), 'r');
    // The writer cuts back what a failed write left: those bytes are no records any more.
    if ((await file.stat()).size < this.#read) this.#restart();
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    for (;;) {
      const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, this.#read);
      if (bytesRead === 0) return;
      this.#read += bytesRead;
      this.#reader.push(chunk.subarray(0, bytesRead));
      yield* itemsOf(this.#reader, segment);
    }
  }

  #restart(): void {
    this.#read = this.#reader.offset;
    this.#reader = new FrameReader(this.#read);
  }
}
