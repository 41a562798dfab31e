import { join, resolve } from 'node:path';
import { type Problem, problemOfFile, ProblemsError } from '../kit/problem.ts';
import { setFilesOf } from '../policy/set-files.ts';
import { readYaml, type YamlSource } from '../source/yaml-source.ts';
import type { BundleFile } from './policy-bundle.ts';

/** Rules out of a bundle, as if its file were a directory: nothing else can be there. */
export interface BundleSources {
  readonly sources: readonly YamlSource[];
  /** The text of a set's file. @throws when it is not in the bundle, wherever else it may be. */
  readonly readText: (path: string) => string;
}

/**
 * The policies and sets of a bundle.
 *
 * @param file Path of the bundle, as the operator named it.
 * @throws ProblemsError for what is no YAML, and for a set whose file the bundle does not have.
 */
export function bundleSources(file: string, files: readonly BundleFile[]): BundleSources {
  const sets = new Map(
    files.filter(({ use }) => use === 'set').map(({ path, text }) => [resolve(file, path), text] as const),
  );
  const problems: Problem[] = [];
  const sources = files
    .filter(({ use }) => use === 'policy')
    .flatMap(({ path, text }) => parsed(join(file, path), text, problems));
  for (const source of sources) {
    const missing = setFilesOf([source]).filter((set) => !sets.has(set));
    problems.push(...missing.map((set) => problemOfFile(source.file, `the set file ${set} is not in the bundle.`)));
  }
  if (problems.length > 0) throw new ProblemsError(problems);
  return {
    sources,
    readText(path) {
      const text = sets.get(path);
      if (text === undefined) throw new Error('it is not in the bundle');
      return text;
    },
  };
}

function parsed(file: string, text: string, problems: Problem[]): readonly YamlSource[] {
  try {
    return [readYaml(file, text)];
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    problems.push(...error.problems);
    return [];
  }
}
