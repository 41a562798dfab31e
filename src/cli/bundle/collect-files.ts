import { relative, resolve, sep } from 'node:path';
import { isBundlePath } from '../../bundle/bundle-path.ts';
import type { BundleFile } from '../../bundle/policy-bundle.ts';
import { boundText } from '../../kit/bound-text.ts';
import { whyUnreadable } from '../../kit/why-unreadable.ts';
import { readPolicySources } from '../../policy/read-policy-sources.ts';
import { readText } from '../../policy/read-text.ts';
import { setFilesOf } from '../../policy/set-files.ts';
import { CommandError } from '../command-error.ts';

/**
 * The policy files of a directory and the files of their sets, with paths that count from it.
 *
 * @throws ProblemsError for what is no YAML; CommandError for a file that cannot be in a bundle.
 */
export function collectFiles(directory: string): readonly BundleFile[] {
  const sources = readPolicySources([directory]);
  if (sources.length === 0) throw new CommandError(`${directory} has no policy files (*.yaml, *.yml, *.json).`);
  const policies = sources.map(({ file, text }) => ({ path: pathIn(directory, file), use: 'policy' as const, text }));
  const sets = setFilesOf(sources).map((file) => ({
    path: pathIn(directory, file),
    use: 'set' as const,
    text: textOf(file),
  }));
  const twice = sets.find(({ path }) => policies.some((policy) => policy.path === path));
  if (twice !== undefined) {
    throw new CommandError(`${twice.path} is named as a set and lies where policies lie: move it into a directory.`);
  }
  return [...policies, ...sets].toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function pathIn(directory: string, file: string): string {
  const path = relative(resolve(directory), resolve(file)).split(sep).join('/');
  if (isBundlePath(path)) return path;
  const shown = boundText(file, 300);
  throw new CommandError(
    `${shown} cannot be in a bundle: it must lie below ${directory}, in names of letters, digits, ".", "_" and "-" that begin with no dot.`,
  );
}

function textOf(file: string): string {
  try {
    return readText(file);
  } catch (cause) {
    throw new CommandError(`the set file ${boundText(file, 300)} ${whyUnreadable(cause)}`);
  }
}
