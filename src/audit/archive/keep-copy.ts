import { open, readFile, rename, rm } from 'node:fs/promises';
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
  const found = await digestOf(path);
  if (found === undefined) await write(path, bytes);
  else if (found !== wanted) throw new ArchiveError(`${path} is there already, and is another file`);
  // Also for one that was there: whoever made it may not have come so far.
  await syncPath(path);
  await syncPath(dirname(path));
  if ((await digestOf(path)) !== wanted) throw new ArchiveError(`${path} was not read back as it was written`);
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
      await using file = await open(part, 'w', 0o600);
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
