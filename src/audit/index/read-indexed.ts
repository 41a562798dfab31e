import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { HEADER_BYTES, MAX_PAYLOAD_BYTES, readFrame } from '../framing.ts';
import { type LogItem, readSegment, recordItem } from '../read-segments.ts';
import { sortSegments } from '../segment-name.ts';
import { DayFile, DayFileError, type SegmentEntry } from './day-file.ts';
import { ANY_TERM } from './index-terms.ts';
import { dayFilePaths } from './index-place.ts';
import { segmentStamp } from './segment-stamp.ts';

/** What is looked for. An item may fit that is not wanted; none is left out that is. */
export interface IndexQuery {
  /** Terms that all records have that are wanted. */
  readonly terms: readonly number[];
  /** Times between which they are, as records have them, the second one excluded. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  /** Nothing is left out behind the first segment that may have what is wanted: clocks can go back. */
  readonly onwards?: boolean;
}

/**
 * Reads the record in `directory` as `readSegments` does, but leaves out what the index says is not wanted. Bytes that are no
 * record are all told. A segment that the index does not know, or that was written to since, is read whole; so is every segment
 * when there is no index, or its file cannot be used, which is told to `onUnusable`.
 *
 * @throws what the file system said of the record.
 */
export async function* readIndexed(
  directory: string,
  query: IndexQuery,
  onUnusable: (why: string) => void = () => {},
): AsyncGenerator<LogItem> {
  using index = new OpenedIndex(directory, onUnusable);
  let isBegun = false;
  for (const segment of sortSegments(await readdir(directory))) {
    const items: readonly LogItem[] | undefined = isBegun ? undefined : await index.items(segment, query);
    if (items !== undefined) yield* items;
    else yield* readSegment(directory, segment);
    isBegun ||= query.onwards === true && items === undefined;
  }
}

class OpenedIndex implements Disposable {
  readonly #directory: string;
  readonly #onUnusable: (why: string) => void;
  readonly #files = new DisposableStack();
  readonly #known = new Map<string, { readonly file: DayFile; readonly entry: SegmentEntry }>();

  constructor(directory: string, onUnusable: (why: string) => void) {
    this.#directory = directory;
    this.#onUnusable = onUnusable;
    for (const path of dayFilePaths(directory)) this.#open(path);
  }

  /** What of a segment may be wanted, in order; `undefined` when the index cannot tell. */
  async items(segment: string, query: IndexQuery): Promise<readonly LogItem[] | undefined> {
    const known = this.#known.get(segment);
    if (known === undefined) return undefined;
    const path = join(this.#directory, segment);
    if (known.entry.stamp !== (await segmentStamp(path))) return undefined;
    try {
      const flaws = known.file.flaws(segment).map((flaw) => ({ ...flaw, segment }));
      if (isOutside(known.entry, query)) return flaws;
      if (query.terms.length === 0) return undefined;
      const places = placesOf(known.file, segment, query.terms);
      return await withRecords(path, segment, places, flaws);
    } catch (cause) {
      if (!(cause instanceof DayFileError)) throw cause;
      this.#onUnusable(cause.message);
      return undefined;
    }
  }

  [Symbol.dispose](): void {
    this.#files.dispose();
  }

  #open(path: string): void {
    try {
      const file = this.#files.use(DayFile.read(path));
      for (const entry of file.segments()) this.#known.set(entry.name, { file, entry });
    } catch (cause) {
      if (!(cause instanceof DayFileError)) throw cause;
      this.#onUnusable(cause.message);
    }
  }
}

/** Where records are that have all of `terms`, and those of which not all terms are kept. */
function placesOf(file: DayFile, segment: string, terms: readonly number[]): readonly number[] {
  const sets = terms.map((term) => new Set(file.places(segment, term)));
  const [first = new Set<number>(), ...others] = sets.toSorted((one, other) => one.size - other.size);
  const all = [...first].filter((offset) => others.every((set) => set.has(offset)));
  return [...new Set([...all, ...file.places(segment, ANY_TERM)])].toSorted((one, other) => one - other);
}

function isOutside({ earliest, latest }: SegmentEntry, { since, until }: IndexQuery): boolean {
  return (since !== undefined && latest < since) || (until !== undefined && earliest >= until);
}

/** @throws DayFileError when no record is where the index says that one is. */
async function withRecords(
  path: string,
  segment: string,
  places: readonly number[],
  flaws: readonly Exclude<LogItem, { kind: 'record' }>[],
): Promise<readonly LogItem[]> {
  if (places.length === 0) return flaws;
  await using file = await open(path, 'r');
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + MAX_PAYLOAD_BYTES);
  const found: { readonly at: number; readonly item: LogItem }[] = flaws.map((item) => ({ at: item.offset, item }));
  for (const at of places) {
    const { bytesRead } = await file.read(bytes, 0, bytes.length, at);
    const frame = readFrame(bytes.subarray(0, bytesRead), 0);
    if (frame.kind !== 'record')
      throw new DayFileError(`${segment}: the index names a record at byte ${at}: there is none`);
    found.push({ at, item: recordItem(frame.payload, segment, at) });
  }
  return found.toSorted((one, other) => one.at - other.at).map(({ item }) => item);
}
