import { dirname, isAbsolute, join, resolve } from 'node:path';
import { problemOfFile, ProblemsError } from '../kit/problem.ts';
import { readYaml, type YamlSource } from '../source/yaml-source.ts';
import { findPolicies } from './find-policies.ts';
import { itemsOf, member, textAt } from './member.ts';
import { readConfigText, readText } from './read-text.ts';
import { DEFAULT_STATE_DIR } from './state-dir.ts';

/** What a configuration names outside itself. Every `LoadedConfig` is one. */
export interface ConfigOutline {
  /** The document, checked or not. */
  readonly config: unknown;
  /** Absolute path. */
  readonly stateDir: string;
  readonly policies: readonly YamlSource[];
  /** The absolute form of a path that is relative to the configuration. */
  pathOf(path: string): string;
  /** The files that were read, absolute. */
  files(): readonly string[];
}

/**
 * Reads a configuration only as far as it takes to know what it names.
 *
 * For a process that will become another one with just these permissions: loading the schema would double the time that
 * takes. Nothing is checked. What is not as it should be names nothing here, and `loadConfig()` in that other process says
 * what is wrong with it.
 *
 * @param isWanted Whether a policy file of that text is worth parsing, which takes long where there are many rules. The others
 *   are not among `policies`.
 * @throws ProblemsError when the file itself cannot be read or is no YAML.
 */
export async function readOutline(
  file: string,
  isWanted: (text: string) => boolean = () => true,
): Promise<ConfigOutline> {
  const source = readYaml(file, await readConfigText(file));
  const config = source.value;
  const base = resolve(dirname(file));
  const pathOf = (path: string): string => (isAbsolute(path) ? path : join(base, path));
  const written = itemsOf(member(config, 'policies')).filter((pattern) => typeof pattern === 'string');
  const names = [...(await findPolicies(written, base, source)).files.keys()].map(pathOf);
  return {
    config,
    stateDir: pathOf(textAt(config, 'state_dir') ?? DEFAULT_STATE_DIR),
    policies: (await Promise.all(names.map((name) => readable(name, isWanted)))).flat(),
    pathOf,
    files: () => [resolve(file), ...names],
  };
}

/** The document in `file`; none when it is not wanted, or cannot be read. */
async function readable(file: string, isWanted: (text: string) => boolean): Promise<readonly YamlSource[]> {
  try {
    const text = await readText(file, (message) => problemOfFile(file, message));
    return isWanted(text) ? [readYaml(file, text)] : [];
  } catch (error) {
    if (error instanceof ProblemsError) return [];
    throw error;
  }
}
