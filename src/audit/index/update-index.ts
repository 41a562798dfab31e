import { chmod, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { sortSegments } from '../segment-name.ts';
import { DayFile, DayFileError } from './day-file.ts';
import { lockIndex } from './lock-index.ts';
import { dayFilePath, dayFilePaths, indexDirectory } from './index-place.ts';
import { scanForIndex } from './scan-for-index.ts';
import { segmentStamp } from './segment-stamp.ts';

/** What was done. */
export interface IndexUpdate {
  /** Segments in the index now. */
  readonly segments: number;
  /** Of these, how many were read. */
  readonly read: number;
  /** Day files now. */
  readonly days: number;
  /** Day files that could not be used and were made anew. */
  readonly remade: readonly string[];
}

/** SQLite's code for a file that somebody else holds. */
const SQLITE_BUSY = 5;
/** Journals of SQLite, which go with their file. */
const SIDES = ['', '-journal', '-wal', '-shm'];

/**
 * Brings the index of the record in `directory` up to date: segments that are new or were written to since are read, those that
 * are gone are forgotten. With `rebuild` it is made anew. Reads the record, and writes below `index` only.
 *
 * Safe at any time, also beside a running service: each segment is exchanged in one transaction.
 *
 * @throws DayFileError when another command holds the index for long; what the file system said.
 */
export async function updateIndex(directory: string, rebuild = false): Promise<IndexUpdate> {
  const place = indexDirectory(directory);
  await mkdir(place, { recursive: true, mode: 0o700 });
  await chmod(place, 0o700);
  using _lock = lockIndex(directory);
  if (rebuild) for (const path of dayFilePaths(directory)) await removeDay(path);
  const { known, remade } = await readKnown(directory);
  const names = sortSegments(await readdir(directory));
  await forgetOthers(known, new Set(names));
  let [segments, read] = [0, 0];
  for (const name of names) {
    const did = await bring(directory, name, known.get(name));
    if (did !== 'gone') segments++;
    if (did === 'read') read++;
  }
  await removeEmpty(directory);
  return { segments, read, days: dayFilePaths(directory).length, remade };
}

interface Known {
  readonly path: string;
  readonly stamp: string;
}

async function readKnown(directory: string): Promise<{ known: ReadonlyMap<string, Known>; remade: string[] }> {
  const known = new Map<string, Known>();
  const remade: string[] = [];
  for (const path of dayFilePaths(directory)) {
    try {
      using file = DayFile.write(path);
      if (!file.isSound()) throw new DayFileError(`${path} is damaged`);
      for (const { name, stamp } of file.segments()) known.set(name, { path, stamp });
    } catch (cause) {
      if (!(cause instanceof DayFileError) || isBusy(cause)) throw cause;
      await removeDay(path);
      remade.push(path);
    }
  }
  return { known, remade };
}

function isBusy({ cause }: DayFileError): boolean {
  const code: unknown = cause instanceof Error && 'errcode' in cause ? cause.errcode : undefined;
  return code === SQLITE_BUSY;
}

async function bring(directory: string, name: string, known: Known | undefined): Promise<'kept' | 'read' | 'gone'> {
  if (known !== undefined && known.stamp === (await segmentStamp(join(directory, name)))) return 'kept';
  const segment = await scanForIndex(directory, name);
  if (segment === undefined) return 'gone';
  const path = dayFilePath(directory, segment.earliest);
  if (known !== undefined && known.path !== path) forgetIn(known.path, [name]);
  using file = DayFile.write(path);
  file.put(segment);
  return 'read';
}

async function forgetOthers(known: ReadonlyMap<string, Known>, names: ReadonlySet<string>): Promise<void> {
  const gone = Map.groupBy(
    [...known].filter(([name]) => !names.has(name)),
    ([, { path }]) => path,
  );
  for (const [path, segments] of gone) {
    forgetIn(
      path,
      segments.map(([name]) => name),
    );
  }
}

function forgetIn(path: string, names: readonly string[]): void {
  using file = DayFile.write(path);
  file.forget(names);
}

async function removeEmpty(directory: string): Promise<void> {
  for (const path of dayFilePaths(directory)) if (isEmpty(path)) await removeDay(path);
}

function isEmpty(path: string): boolean {
  using file = DayFile.read(path);
  return file.segments().length === 0;
}

async function removeDay(path: string): Promise<void> {
  for (const side of SIDES) await rm(`${path}${side}`, { force: true });
}
