import { printProblem, ProblemsError } from '../../kit/problem.ts';
import type { CommandIo } from './command-io.ts';

/** Says what is wrong with the input and ends with 2. @throws what is not about the input. */
export function reportProblems(error: unknown, json: boolean, io: CommandIo): void {
  if (error instanceof ProblemsError) {
    if (json) io.out(JSON.stringify({ problems: error.problems }, null, 2));
    else for (const problem of error.problems) io.error(printProblem(problem));
  } else if (error instanceof Error) io.error(`error: ${error.message}`);
  else throw error;
  io.exit(2);
}
