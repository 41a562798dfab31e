import { mkdir } from 'node:fs/promises';
import { readOutline } from '../config/outline.ts';
import { permissionFlags, writtenDirectories } from '../config/permission-flags.ts';
import { mayNameFile, setFilesOf } from '../policy/set-files.ts';
import { codeDirectories, mainScript } from './code-directories.ts';
import { replaceProcess } from './replace-process.ts';

/**
 * Goes on as a process that was called the same, and may touch only what the configuration names.
 *
 * Only reads what the configuration names: it is checked by the process that this one becomes.
 *
 * @throws ProblemsError when the configuration cannot be read.
 */
export async function becomeConfined(config: string): Promise<void> {
  const outline = await readOutline(config, mayNameFile);
  // The permission of a directory is only recognised as one when it is there.
  for (const directory of writtenDirectories(outline)) await mkdir(directory, { recursive: true, mode: 0o700 });
  const flags = [
    ...permissionFlags(outline, [...codeDirectories(), ...setFilesOf(outline.policies)]),
    '--disable-warning=ExperimentalWarning',
  ];
  const silenced = [...flags, '--disable-warning=PERM0006'];
  await replaceProcess([...process.execArgv, ...silenced, mainScript(), ...process.argv.slice(2)]);
}
