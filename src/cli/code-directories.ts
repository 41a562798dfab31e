import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The script of the program, as the file it really is: `node_modules/.bin` holds only a link to it. */
export function mainScript(): string {
  const self = fileURLToPath(import.meta.url);
  return join(dirname(self), self.endsWith('.ts') ? 'main.ts' : 'main.js');
}

/**
 * Directories that our code and its dependencies are read from: the package, and every `node_modules` in or above it, where
 * that is a link also what it leads to.
 */
export function codeDirectories(): readonly string[] {
  const root = dirname(dirname(dirname(mainScript())));
  const directories = [root];
  for (let at = root; at !== dirname(at); at = dirname(at)) {
    const modules = join(at, 'node_modules');
    if (existsSync(modules)) directories.push(modules, realpathSync(modules));
  }
  return directories;
}
