import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { messageOf } from '../../kit/cause.ts';
import { DayFileError } from './day-file.ts';
import { indexDirectory } from './index-place.ts';

const WAIT_MS = 5000;

/**
 * Keeps other commands from changing the index until it is let go, or the process ends: SQLite's lock of a file with nothing in it.
 *
 * @throws DayFileError when another command has it for long.
 */
export function lockIndex(record: string): Disposable {
  const path = join(indexDirectory(record), 'lock');
  const database = new DatabaseSync(path, { timeout: WAIT_MS });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    database.close();
    throw new DayFileError(`${path}: ${messageOf(cause)}: another command changes the index`, { cause });
  }
  return { [Symbol.dispose]: () => database.close() };
}
