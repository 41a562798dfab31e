import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { BundleError } from '../../bundle/bundle-error.ts';
import { type BundleSources, bundleSources } from '../../bundle/bundle-sources.ts';
import { MAX_BUNDLE_BYTES } from '../../bundle/manifest.ts';
import { readUnverified } from '../../bundle/read-unverified.ts';
import { type Problem, problemOfFile, ProblemsError } from '../../kit/problem.ts';
import { whyUnreadable } from '../../kit/why-unreadable.ts';
import type { PolicyIo } from '../../policy/load-policies.ts';
import { readPolicySources } from '../../policy/read-policy-sources.ts';
import { readText } from '../../policy/read-text.ts';
import type { YamlSource } from '../../source/yaml-source.ts';
import { collectProblems } from './collect-problems.ts';

/** Rules, and how the files of their sets are read. */
export interface Rules {
  readonly sources: readonly YamlSource[];
  readonly setTexts?: PolicyIo;
}

/** How the name of a bundle's file ends. */
const BUNDLE_SUFFIX = '.bundle';

/**
 * The rules in policy files, in directories of them, and in bundles (`*.bundle`), whose signatures nobody asks for: the commands
 * that read rules so only tell what they say.
 *
 * @throws ProblemsError with the problems of all of them.
 */
export function readRulesAt(paths: readonly string[]): Rules {
  const problems: Problem[] = [];
  const plain = paths.filter((path) => !path.endsWith(BUNDLE_SUFFIX));
  const sources = collectProblems(() => (plain.length === 0 ? [] : readPolicySources(plain)), problems);
  const bundles = paths
    .filter((path) => path.endsWith(BUNDLE_SUFFIX))
    .flatMap((path) => {
      const read = collectProblems(() => readBundle(path), problems);
      return read === undefined ? [] : [{ ...read, inside: `${resolve(path)}/` }];
    });
  if (sources === undefined || problems.length > 0) throw new ProblemsError(problems);
  return {
    sources: [...sources, ...bundles.flatMap((bundle) => bundle.sources)],
    setTexts: {
      readText: (path) => (bundles.find(({ inside }) => path.startsWith(inside))?.readText ?? readText)(path),
    },
  };
}

function readBundle(path: string): BundleSources {
  try {
    if (statSync(path).size > MAX_BUNDLE_BYTES) throw new BundleError('too-large', 'it is too large');
    return bundleSources(path, readUnverified(readFileSync(path)).files);
  } catch (cause) {
    if (cause instanceof ProblemsError) throw cause;
    const why = cause instanceof BundleError ? `is no bundle: ${cause.message}.` : whyUnreadable(cause);
    throw new ProblemsError([problemOfFile(path, `the file ${why}`)]);
  }
}
