import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { z } from 'zod';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { serversSchema } from '../catalogue/config.ts';
import { loadCatalogue } from '../catalogue/load-catalogue.ts';
import { findPolicies } from '../config/find-policies.ts';
import { policyBundleSchema } from '../bundle/config.ts';
import { readBundleRules } from '../config/read-bundle-rules.ts';
import { readConfigText, readText } from '../config/read-text.ts';
import { type Problem, ProblemsError } from '../kit/problem.ts';
import { checkShape } from '../source/check-shape.ts';
import { readYaml, type YamlSource } from '../source/yaml-source.ts';
import type { PolicyFiles } from './policy/read-files.ts';

/** What rules need of `sallyport.yaml`. The rest is for `sallyport check`: rules can be tested where there are no keys. */
const sectionSchema = z.looseObject({
  servers: serversSchema,
  policies: z.array(z.string().min(1)).default([]),
  policy_bundle: policyBundleSchema,
});

/** The policies and pins that a configuration names. @throws ProblemsError with everything that is wrong in these. */
export async function readPolicyProject(file: string): Promise<PolicyFiles> {
  const source = readYaml(file, await readConfigText(file));
  const section = checkShape(source, sectionSchema);
  const base = resolve(dirname(file));
  const pathOf = (path: string): string => (isAbsolute(path) ? path : join(base, path));
  const { files, problems: unmatched } = await findPolicies(section.policies, base, source);
  const problems: Problem[] = [...unmatched];
  const sources: YamlSource[] = [];
  for (const [name, index] of files) {
    const shown = isAbsolute(name) ? name : join(dirname(file), name);
    const text = readText(shown, (message) => source.problem(['policies', index], message));
    sources.push(
      ...(await collect(
        text.then((found) => readYaml(shown, found)),
        problems,
      )),
    );
  }
  const bundled =
    section.policy_bundle === undefined
      ? undefined
      : await readBundleRules(section.policy_bundle, { source, pathOf, problems });
  if (bundled !== undefined) sources.push(...bundled.sources);
  const loading = loadCatalogue(section.servers, { source, readFile: (path) => readFile(pathOf(path)) });
  const [loaded] = await collect(loading, problems);
  if (loaded === undefined || problems.length > 0) throw new ProblemsError(problems);
  const setTexts = bundled === undefined ? {} : { setTexts: { readText: bundled.readText } };
  return { sources, catalogue: loaded.catalogue, ...setTexts };
}

/** What comes, or nothing and its problems to `problems`, so that one run shows all of them. */
async function collect<T>(coming: Promise<T>, problems: Problem[]): Promise<readonly T[]> {
  try {
    return [await coming];
  } catch (cause) {
    if (!(cause instanceof ProblemsError)) throw cause;
    problems.push(...cause.problems);
    return [];
  }
}

/** The pins alone that a configuration names. @throws ProblemsError */
export async function readCataloguePins(file: string): Promise<Catalogue> {
  const source = readYaml(file, await readConfigText(file));
  const { servers } = checkShape(source, z.looseObject({ servers: serversSchema }));
  const base = resolve(dirname(file));
  const { catalogue } = await loadCatalogue(servers, { source, readFile: (path) => readFile(resolve(base, path)) });
  return catalogue;
}
