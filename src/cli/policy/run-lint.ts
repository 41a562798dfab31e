import { printProblem } from '../../kit/problem.ts';
import { compilePolicies } from '../../policy/load-policies.ts';
import type { CommandIo } from '../command-io.ts';
import { EXIT } from '../exit-codes.ts';
import type { PolicyFiles } from './read-files.ts';

/** `policy lint`: 0 when nothing is to be said, 1 for warnings. @throws ProblemsError when there are errors. */
export function runLint({ sources, catalogue }: PolicyFiles, json: boolean, io: CommandIo): number {
  const { warnings, rules, digest } = compilePolicies(sources, catalogue);
  if (json) io.print(JSON.stringify({ digest, rules: rules.length, problems: warnings }, null, 2));
  else {
    for (const warning of warnings) io.complain(printProblem(warning));
    const counted = warnings.length === 0 ? 'no problems' : `${warnings.length} warnings`;
    io.print(`${rules.length} rules in ${sources.length} files: ${counted}. Digest ${digest}.`);
  }
  return warnings.length === 0 ? EXIT.ok : EXIT.negative;
}
