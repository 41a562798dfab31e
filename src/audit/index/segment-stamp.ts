import { stat } from 'node:fs/promises';
import { codeOf } from '../../kit/cause.ts';

/**
 * What changes when a file is written to or replaced. What was learnt of a file counts while it has the same stamp.
 *
 * @returns `undefined` when there is no such file.
 * @throws what the file system said.
 */
export async function segmentStamp(path: string): Promise<string | undefined> {
  try {
    const { ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return [ino, size, mtimeNs, ctimeNs].join(' ');
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return undefined;
    throw cause;
  }
}
