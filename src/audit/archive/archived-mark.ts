import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { codeOf } from '../../kit/cause.ts';
import { replaceSynced } from '../tree/tile-files.ts';
import { ArchiveError } from './archive-error.ts';

/** The file beside the segments that says which are not there any more, because they are archived. */
const MARK_FILE = 'archived.json';

const markSchema = z.strictObject({
  apiVersion: z.literal('sallyport/v1'),
  kind: z.literal('ArchivedMark'),
  /** All records up to that number are archived. */
  through: z.int().min(1),
  /** The root of the tree over them. */
  root: z.string().regex(/^[A-Za-z0-9+/]{43}=$/),
  /** The last manifest, and its SHA-256. */
  manifest: z.string().max(100),
  manifest_sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

/** Up to where a log is archived. It is no proof: that they were not removed shows the archive alone. */
export type ArchivedMark = Omit<z.infer<typeof markSchema>, 'apiVersion' | 'kind'>;

/** The mark in the directory of a log; `undefined` without one. @throws ArchiveError, or what the file system said. */
export function readMark(directory: string): ArchivedMark | undefined {
  try {
    return markSchema.parse(JSON.parse(readFileSync(join(directory, MARK_FILE), 'utf8')));
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return undefined;
    if (!(cause instanceof z.ZodError) && !(cause instanceof SyntaxError)) throw cause;
    throw new ArchiveError(`${join(directory, MARK_FILE)} does not say what is archived`, { cause });
  }
}

/** Replaces the mark; resolves when it is on the disk. @throws what the file system said. */
export async function writeMark(directory: string, mark: ArchivedMark): Promise<void> {
  const text = JSON.stringify({ apiVersion: 'sallyport/v1', kind: 'ArchivedMark', ...mark }, undefined, 2);
  await replaceSynced(join(directory, MARK_FILE), `${text}\n`);
}
