import { printProblem, ProblemsError } from '../../kit/problem.ts';
import type { CommandIo } from '../command-io.ts';
import { EXIT } from '../exit-codes.ts';

/** Says what is wrong with the input. @returns 2. @throws what is not about the input. */
export function reportProblems(error: unknown, json: boolean, io: CommandIo): number {
  if (error instanceof ProblemsError) {
    if (json) io.print(JSON.stringify({ problems: error.problems }, null, 2));
    else for (const problem of error.problems) io.complain(printProblem(problem));
  } else if (error instanceof Error) io.complain(`error: ${error.message}`);
  else throw error;
  return EXIT.unusable;
}
