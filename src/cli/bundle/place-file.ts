import { open, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Puts a text in the place of a file, in one step and for good: a reader sees the old one or the new one, and after a crash of
 * the host one of the two is there.
 *
 * @throws what the file system said; the file is as it was then.
 */
export async function placeFile(path: string, content: string | Uint8Array): Promise<void> {
  const next = `${path}.${process.pid}.next`;
  try {
    // Others may write to that directory: what was put there under this name is not written through.
    await rm(next, { force: true });
    await writeFile(next, content, { flag: 'wx', flush: true });
    await rename(next, path);
  } catch (cause) {
    await rm(next, { force: true });
    throw cause;
  }
  await using directory = await open(dirname(path), 'r');
  await directory.sync();
}
