import { whyUnreadable } from '../../kit/why-unreadable.ts';
import { problemOfFile, ProblemsError } from '../../kit/problem.ts';
import { explainCall } from '../../policy/explain.ts';
import { compilePolicies } from '../../policy/load-policies.ts';
import { writtenCallSchema } from '../../policy/policy-file.ts';
import { explanationJson, printExplanation } from '../../policy/print-explanation.ts';
import { readText } from '../../policy/read-text.ts';
import { checkShape } from '../../source/check-shape.ts';
import { readYaml } from '../../source/yaml-source.ts';
import type { CommandIo } from '../command-io.ts';
import { EXIT } from '../exit-codes.ts';
import type { PolicyFiles } from './read-files.ts';

/**
 * `policy explain CALL`: always 0 when there is an answer, whatever it is.
 *
 * @param nowMs Wall clock, milliseconds since the epoch: the time of a call that does not say when.
 * @throws ProblemsError
 */
export function runExplain(
  file: string,
  { sources, catalogue, setTexts }: PolicyFiles,
  json: boolean,
  io: CommandIo,
  nowMs: number,
): number {
  const source = readYaml(file, textOf(file));
  const written = checkShape(source, writtenCallSchema);
  const explanation = explainCall(written, compilePolicies(sources, catalogue, setTexts), catalogue, nowMs);
  if (explanation.kind === 'no-call') throw new ProblemsError([source.problem([], explanation.message)]);
  io.print(json ? JSON.stringify(explanationJson(explanation), null, 2) : printExplanation(explanation));
  return EXIT.ok;
}

function textOf(file: string): string {
  try {
    return readText(file);
  } catch (cause) {
    throw new ProblemsError([problemOfFile(file, `the file ${whyUnreadable(cause)}`)]);
  }
}
