import type { PolicyBundle } from '../bundle/policy-bundle.ts';
import { type Problem, ProblemsError } from '../kit/problem.ts';
import type { YamlSource } from '../source/yaml-source.ts';
import type { Config } from './schema.ts';

/** Rules out of a verified bundle. */
export interface BundleRules {
  readonly bundle: PolicyBundle;
  readonly sources: readonly YamlSource[];
  /** The text of a set's file. @throws when it is not in the bundle. */
  readonly readText: (path: string) => string;
}

/**
 * The rules in the bundle that a configuration names; `undefined` when it must not be used, with the reason among `problems`.
 *
 * The code for it is loaded here: most configurations name none.
 */
export async function readBundleRules(
  section: NonNullable<Config['policy_bundle']>,
  { source, pathOf, problems }: { source: YamlSource; pathOf: (path: string) => string; problems: Problem[] },
): Promise<BundleRules | undefined> {
  const { bundleSources } = await import('../bundle/bundle-sources.ts');
  const { bundleProblem } = await import('../bundle/bundle-problem.ts');
  const { openBundle } = await import('../bundle/open-bundle.ts');
  const file = pathOf(section.file);
  try {
    const bundle = await openBundle({ file, keys: pathOf(section.keys), name: section.name });
    return { bundle, ...bundleSources(file, bundle.files) };
  } catch (cause) {
    problems.push(...(cause instanceof ProblemsError ? cause.problems : [bundleProblem(cause, source)]));
    return undefined;
  }
}
