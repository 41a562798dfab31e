import { printProblem } from '../../kit/problem.ts';
import { argumentClassesOf } from '../../policy/argument-classes.ts';
import { compilePolicies } from '../../policy/load-policies.ts';
import { classNotes, printNote, schemaNotes } from '../../policy/schema-notes.ts';
import type { CommandIo } from '../command-io.ts';
import { EXIT } from '../exit-codes.ts';
import type { PolicyFiles } from './read-files.ts';

/**
 * `policy lint`: 0 without warnings, 1 with some. Notes about pinned schemas are shown and count for nothing: their servers wrote
 * them.
 *
 * @throws ProblemsError when there are errors.
 */
export function runLint({ sources, catalogue, setTexts }: PolicyFiles, json: boolean, io: CommandIo): number {
  const { warnings, rules, digest, classes } = compilePolicies(sources, catalogue, setTexts);
  const notes = [...schemaNotes(catalogue), ...classNotes(catalogue, argumentClassesOf(catalogue, classes))];
  if (json) io.print(JSON.stringify({ digest, rules: rules.length, problems: warnings, notes }, null, 2));
  else {
    for (const warning of warnings) io.complain(printProblem(warning));
    for (const note of notes) io.complain(printNote(note));
    const counted = warnings.length === 0 ? 'no problems' : `${warnings.length} warnings`;
    io.print(`${rules.length} rules in ${sources.length} files: ${counted}. Digest ${digest}.`);
  }
  return warnings.length === 0 ? EXIT.ok : EXIT.negative;
}
