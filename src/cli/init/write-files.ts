import { mkdir, stat, writeFile } from 'node:fs/promises';
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
 * @throws FilesExistError before anything is written, when one is there already and `force` is false.
 */
export async function writeFiles(
  directory: string,
  files: ReadonlyMap<string, string>,
  { force }: { readonly force: boolean },
): Promise<void> {
  if (!force) await refuseExisting(directory, files);
  for (const [path, text] of files) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text, { flag: force ? 'w' : 'wx' });
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
