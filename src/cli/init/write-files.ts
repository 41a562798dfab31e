import { constants, copyFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Files that are there already and must not be lost. */
export class FilesExistError extends Error {
  override readonly name = 'FilesExistError';
  readonly paths: readonly string[];

  constructor(paths: readonly string[]) {
    super(`${paths.join(', ')}: there already. Write with --force to replace.`);
    this.paths = paths;
  }
}

/**
 * Writes `files` (path relative to `directory` → text) and makes the directories they need.
 *
 * @throws FilesExistError before anything is written, when one is there already.
 */
export async function writeNewFiles(directory: string, files: ReadonlyMap<string, string>): Promise<void> {
  await refuseExisting(directory, files);
  for (const [path, text] of files) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text, { flag: 'wx' });
  }
}

/**
 * Writes `files`, and keeps what one of another text replaces beside it: as `NAME.bak`, or the first of `NAME.bak2`, … that is
 * free.
 *
 * @returns The backups by the path of what was replaced.
 */
export async function replaceFiles(
  directory: string,
  files: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, string>> {
  const backups = new Map<string, string>();
  for (const [path, text] of files) {
    const place = join(directory, path);
    await mkdir(dirname(place), { recursive: true });
    const before = (await exists(place)) ? await readFile(place, 'utf8') : text;
    if (before !== text) backups.set(path, await keep(place));
    await writeFile(place, text);
  }
  return backups;
}

/** Copies a file to the first backup name that is free. */
async function keep(place: string): Promise<string> {
  for (let number = 1; ; number += 1) {
    const backup = `${place}.bak${number === 1 ? '' : number}`;
    if (await exists(backup)) continue;
    await copyFile(place, backup, constants.COPYFILE_EXCL);
    return backup;
  }
}

/** @throws FilesExistError when one of `files` is there already. */
export async function refuseExisting(directory: string, files: ReadonlyMap<string, string>): Promise<void> {
  const paths = [...files.keys()].map((path) => join(directory, path));
  const there = await Promise.all(paths.map(exists));
  const taken = paths.filter((_path, index) => there[index]);
  if (taken.length > 0) throw new FilesExistError(taken);
}

/** Whether something is at `path`. */
export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
