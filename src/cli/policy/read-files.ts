import type { Catalogue } from '../../catalogue/catalogue.ts';
import { type Problem, ProblemsError } from '../../kit/problem.ts';
import { pinsCatalogue } from '../../policy/pins-catalogue.ts';
import { collectProblems } from './collect-problems.ts';
import { readRulesAt, type Rules } from './read-rules-at.ts';

/** Everything that the policy commands look at. */
export interface PolicyFiles extends Rules {
  readonly catalogue: Catalogue;
}

/** Reads policy files and a directory of pins files. @throws ProblemsError with the problems of both. */
export function readFilesAt(policies: readonly string[], catalogue: string): PolicyFiles {
  const problems: Problem[] = [];
  const rules = collectProblems(() => readRulesAt(policies), problems);
  const pinned = collectProblems(() => pinsCatalogue(catalogue), problems);
  if (rules === undefined || pinned === undefined) throw new ProblemsError(problems);
  return { ...rules, catalogue: pinned };
}
