import type { Stats } from 'node:fs';
import { lstat, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf } from '../../kit/cause.ts';
import { sha256Hex } from '../../kit/digest.ts';
import { ArchiveError } from './archive-error.ts';

/**
 * Puts `bytes` into a new file of mode 0600; resolves when it is on the disk under its name, and was read back as it should be. A
 * file that is there with the same content, as a run that was cut short leaves it, is taken as it is.
 *
 * @throws ArchiveError when another file is there, or was read back; what the file system said.
 */
export async function keepCopy(path: string, bytes: Uint8Array): Promise<void> {
  const wanted = sha256Hex(bytes);
  await refuseLink(path);
  const found = await digestOf(path);
  if (found === undefined) await write(path, bytes);
  else if (found !== wanted) throw new ArchiveError(`${path} is there already, and is another file`);
  // Also for one that was there: whoever made it may not have come so far.
  await syncPath(path);
  await syncPath(dirname(path));
  if ((await digestOf(path)) !== wanted) throw new ArchiveError(`${path} was not read back as it was written`);
}

/**
 * Refuses what would be gone with the original: a link, or `original` itself, as in a directory that is mounted twice.
 *
 * @throws ArchiveError; what the file system said, other than that there is nothing at `path`.
 */
export async function refuseLink(path: string, original?: string): Promise<void> {
  const [found, first] = [await statOf(path), original === undefined ? undefined : await statOf(original)];
  if (found === undefined) return;
  const isOriginal = found.ino === first?.ino && found.dev === first.dev;
  if (!found.isFile() || isOriginal) throw new ArchiveError(`${path} is no file of its own`);
}

async function statOf(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return undefined;
    throw cause;
  }
}

/** Resolves when a file, or the names in a directory, are on the disk. */
export async function syncPath(path: string): Promise<void> {
  await using file = await open(path, 'r');
  await file.sync();
}

async function write(path: string, bytes: Uint8Array): Promise<void> {
  const part = `${path}.${process.pid}.part`;
  try {
    {
      // Others may write to that directory: what was put there under this name is not written through.
      await rm(part, { force: true });
      await using file = await open(part, 'wx', 0o600);
      await file.writeFile(bytes);
      await file.sync();
    }
    await rename(part, path);
  } finally {
    await rm(part, { force: true });
  }
}

async function digestOf(path: string): Promise<string | undefined> {
  try {
    return sha256Hex(await readFile(path));
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return undefined;
    throw cause;
  }
}
