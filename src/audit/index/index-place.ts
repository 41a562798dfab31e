import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '../../kit/cause.ts';

const DAY = /^\d{4}-\d{2}-\d{2}/;
const DAY_FILE = /^(?:\d{4}-\d{2}-\d{2}|undated)\.sqlite$/;

/** The directory of the index, in that of the record. */
export function indexDirectory(record: string): string {
  return join(record, 'index');
}

/** The day file of a segment by the time of its earliest record, which may be any text. */
export function dayFilePath(record: string, earliest: string): string {
  return join(indexDirectory(record), `${DAY.exec(earliest)?.[0] ?? 'undated'}.sqlite`);
}

/** The day files that are there, oldest first. @throws what the file system said. */
export function dayFilePaths(record: string): readonly string[] {
  const directory = indexDirectory(record);
  try {
    const names = readdirSync(directory).filter((name) => DAY_FILE.test(name));
    return names.toSorted().map((name) => join(directory, name));
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return [];
    throw cause;
  }
}
