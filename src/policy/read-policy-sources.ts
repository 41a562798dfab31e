import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Problem, problemOfFile, ProblemsError } from '../kit/problem.ts';
import { whyUnreadable } from '../kit/why-unreadable.ts';
import { readYaml, type YamlSource } from '../source/yaml-source.ts';
import { readText } from './read-text.ts';

/**
 * Reads policy files, and all `.yaml`, `.yml` and `.json` files of directories, without going deeper. A file that is named
 * twice is read once.
 *
 * @throws ProblemsError for files that cannot be read and for their syntax errors, all of them.
 */
export function readPolicySources(paths: readonly string[]): readonly YamlSource[] {
  const problems: Problem[] = [];
  const files = new Set(paths.flatMap((path) => filesAt(path, problems)));
  const sources = [...files].flatMap((file) => readSource(file, problems));
  if (problems.length > 0) throw new ProblemsError(problems);
  return sources;
}

function filesAt(path: string, problems: Problem[]): readonly string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
    const names = readdirSync(path).filter((name) => /^[^.].*\.(?:ya?ml|json)$/.test(name));
    return names.toSorted().map((name) => join(path, name));
  } catch (error) {
    problems.push(unreadable(path, error));
    return [];
  }
}

function readSource(file: string, problems: Problem[]): readonly YamlSource[] {
  try {
    return [readYaml(file, readText(file))];
  } catch (error) {
    problems.push(...(error instanceof ProblemsError ? error.problems : [unreadable(file, error)]));
    return [];
  }
}

function unreadable(file: string, error: unknown): Problem {
  return problemOfFile(file, `the file ${whyUnreadable(error)}`);
}
