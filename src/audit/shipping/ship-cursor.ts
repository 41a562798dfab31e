import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { codeOf } from '../../kit/cause.ts';
import { replaceSynced } from '../tree/tile-files.ts';

/** How far a place has the record, as it is kept in the state directory. */
const cursorSchema = z.strictObject({
  /** The log that it counts in: the name of the key that signs it. */
  origin: z.string(),
  /** Number of the last record that is there. */
  through: z.int().min(0),
});
export type ShipCursor = z.output<typeof cursorSchema>;

/** Where it is kept how far the place `sink` has the record. */
export function cursorPath(stateDir: string, sink: string): string {
  return join(stateDir, 'shipping', `${sink}.json`);
}

/**
 * How far a place has the record; `undefined` where that is not known: it then gets the whole record.
 *
 * @throws what the file system said, other than that there is no such file.
 */
export async function readCursor(path: string): Promise<ShipCursor | undefined> {
  try {
    return cursorSchema.safeParse(JSON.parse(await readFile(path, 'utf8'))).data;
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT' || cause instanceof SyntaxError) return undefined;
    throw cause;
  }
}

/** Keeps it, on the disk. @throws what the file system said. */
export async function writeCursor(path: string, cursor: ShipCursor): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await replaceSynced(path, `${JSON.stringify(cursor)}\n`);
}
