import { access, constants, readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { sha256Hex } from '../kit/digest.ts';
import { type Problem, ProblemsError } from '../kit/problem.ts';
import type { PolicyBundle } from '../bundle/policy-bundle.ts';
import { checkShape } from '../source/check-shape.ts';
import { readYaml, type YamlSource } from '../source/yaml-source.ts';
import { checkConfig } from './check-config.ts';
import { readBundleRules } from './read-bundle-rules.ts';
import { findPolicies } from './find-policies.ts';
import { type Config, configSchema } from './schema.ts';
import { namedFiles } from './named-files.ts';
import type { ConfigOutline } from './outline.ts';
import { readConfigText, readText } from './read-text.ts';
import { signatureOf } from './signature.ts';
import { whyUnreadable } from '../kit/why-unreadable.ts';

/** A configuration that was read and checked as far as it can be without the catalogue. */
export interface LoadedConfig extends ConfigOutline {
  /** The file, as the operator named it. */
  readonly file: string;
  readonly source: YamlSource;
  readonly config: Config;
  /** Where what outlives a restart is kept, an absolute path. */
  readonly stateDir: string;
  /** Where the segments of the record are, an absolute path. */
  readonly recordDir: string;
  /** The policy files, in the order in which they are named and, within a pattern, by name; or those in the bundle. */
  readonly policies: readonly YamlSource[];
  /** The verified bundle that the policies are from. */
  readonly bundle: PolicyBundle | undefined;
  /** How the files of sets are read: those of a bundle come from there and from nowhere else. */
  readonly setTexts: { readonly readText?: (path: string) => string };
  /** SHA-256 in hex over the configuration and the policy files, or the bundle, as they were read. */
  readonly digest: string;
  /** Reads a file named in the configuration, and remembers that it belongs to it. */
  readFile(path: string): Promise<Uint8Array>;
  /** Every file that was read so far, absolute: when one changes, the configuration has changed. */
  files(): readonly string[];
  /** A text that differs when one of the files has changed, or a pattern matches others. Never rejects. */
  signature(): Promise<string>;
}

/**
 * Reads `sallyport.yaml` and its policy files.
 *
 * @throws ProblemsError with the place of each thing that is wrong, and what would be right where that is known.
 */
export async function loadConfig(file: string): Promise<LoadedConfig> {
  const source = readYaml(file, await readConfigText(file));
  const config = checkShape(source, configSchema);
  const base = resolve(dirname(file));
  const pathOf = (path: string): string => (isAbsolute(path) ? path : join(base, path));
  const names = await findPolicies(config.policies, base, source);
  const unreadable = await checkFiles(config, source, pathOf);
  const problems = [...checkConfig(config, source), ...names.problems, ...unreadable];
  const bundled = isThere(config, unreadable)
    ? await readBundleRules(config.policy_bundle, { source, pathOf, problems })
    : undefined;
  const policies = bundled?.sources ?? (await readPolicies(names.files, source, problems));
  if (problems.some(({ severity }) => severity === 'error')) throw new ProblemsError(problems);

  const { bundle } = bundled ?? {};
  const bundleFiles = [config.policy_bundle?.file ?? [], config.policy_bundle?.keys ?? []].flat();
  const read = new Set([resolve(file), ...[...names.files.keys(), ...bundleFiles].map(pathOf)]);
  return {
    file,
    source,
    config,
    stateDir: pathOf(config.state_dir),
    recordDir: pathOf(config.audit.directory ?? join(config.state_dir, 'record')),
    policies,
    bundle,
    setTexts: bundled === undefined ? {} : { readText: bundled.readText },
    digest: digestOf([source, ...policies], bundle),
    pathOf,
    async readFile(path) {
      read.add(pathOf(path));
      return readFile(pathOf(path));
    },
    files: () => [...read],
    async signature() {
      const { files } = await findPolicies(config.policies, base, source).catch(() => names);
      return signatureOf([...read, ...[...files.keys()].map(pathOf)]);
    },
  };
}

function digestOf(texts: readonly YamlSource[], bundle: PolicyBundle | undefined): string {
  const digests = texts.map(({ text }) => sha256Hex(text));
  return sha256Hex([...digests, ...(bundle === undefined ? [] : [bundle.digest])].join());
}

/** Whether there is a bundle to open: what cannot be read was told already. */
function isThere(
  config: Config,
  unreadable: readonly Problem[],
): config is Config & { readonly policy_bundle: NonNullable<Config['policy_bundle']> } {
  const isTold = unreadable.some(({ field }) => field.startsWith('policy_bundle.'));
  return config.policy_bundle !== undefined && !isTold;
}

/** Problems of named files that cannot be read. */
async function checkFiles(
  config: Config,
  source: YamlSource,
  pathOf: (path: string) => string,
): Promise<readonly Problem[]> {
  const checks = namedFiles(config).map(async ({ path, at }) => {
    const cause: unknown = await access(pathOf(path), constants.R_OK).catch((error: unknown) => error);
    return cause === undefined ? [] : [source.problem(at, `${path} ${whyUnreadable(cause)}`)];
  });
  return (await Promise.all(checks)).flat();
}

/** Reads the policy files; what is wrong with them goes to `problems`, so that one run shows all of it. */
async function readPolicies(
  files: ReadonlyMap<string, number>,
  source: YamlSource,
  problems: Problem[],
): Promise<readonly YamlSource[]> {
  const sources: YamlSource[] = [];
  for (const [name, index] of files) {
    const shown = isAbsolute(name) ? name : join(dirname(source.file), name);
    try {
      sources.push(readYaml(shown, await readText(shown, (message) => source.problem(['policies', index], message))));
    } catch (error) {
      if (!(error instanceof ProblemsError)) throw error;
      problems.push(...error.problems);
    }
  }
  return sources;
}
