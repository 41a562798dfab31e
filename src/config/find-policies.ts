import { glob } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Problem } from '../kit/problem.ts';
import type { YamlSource } from '../source/yaml-source.ts';

export interface FoundPolicies {
  /** Path as written or matched, relative to the configuration unless written absolute → index of its entry. */
  readonly files: ReadonlyMap<string, number>;
  readonly problems: readonly Problem[];
}

const MAGIC = /[*?[{]/;

/** The files that `policies:` names. A pattern that matches nothing is a problem: a misspelt rule file must not vanish. */
export async function findPolicies(
  written: readonly string[],
  base: string,
  source: YamlSource,
): Promise<FoundPolicies> {
  const files = new Map<string, number>();
  const problems: Problem[] = [];
  for (const [index, pattern] of written.entries()) {
    const matches = await matchesOf(pattern, base);
    if (matches.length === 0) {
      const advice = 'Correct the pattern, or remove it.';
      problems.push(source.problem(['policies', index], `no file matches ${JSON.stringify(pattern)}.`, advice));
    }
    for (const match of matches) files.set(match, files.get(match) ?? index);
  }
  return { files, problems };
}

/** The paths that `pattern` stands for, by name. Looks into no directory above the pattern's fixed part: it may be forbidden. */
async function matchesOf(pattern: string, base: string): Promise<readonly string[]> {
  const directory = directoryOfPattern(pattern);
  if (directory === undefined) return [pattern];
  const rest = directory === '.' ? pattern : pattern.slice(directory.length + 1);
  const names = await Array.fromAsync(glob(rest, { cwd: resolve(base, directory) }));
  return names.map((name) => join(directory, name)).toSorted();
}

/** The directory from which the files of a pattern are looked for: its part before the first special character. */
export function directoryOfPattern(pattern: string): string | undefined {
  const magic = pattern.search(MAGIC);
  if (magic === -1) return undefined;
  const slash = pattern.lastIndexOf('/', magic);
  return slash === -1 ? '.' : pattern.slice(0, Math.max(slash, 1));
}
