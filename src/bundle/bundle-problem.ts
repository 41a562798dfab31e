import { boundText } from '../kit/bound-text.ts';
import { messageOf } from '../kit/cause.ts';
import type { Problem } from '../kit/problem.ts';
import type { YamlSource } from '../source/yaml-source.ts';
import { BundleError } from './bundle-error.ts';

/** Longest text out of a bundle or a library that is shown. */
const LONGEST = 500;

/** Why the bundle that a configuration names is not used, at the place where it is named. */
export function bundleProblem(cause: unknown, source: YamlSource): Problem {
  const advice = cause instanceof BundleError ? cause.advice : undefined;
  const message = boundText(messageOf(cause), LONGEST).replace(/\.?$/, '.');
  return source.problem(['policy_bundle'], message, advice);
}
