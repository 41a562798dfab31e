import { type Problem, ProblemsError } from '../../kit/problem.ts';

/** What `read` gives; `undefined` when it throws a ProblemsError, whose problems join `problems`. */
export function collectProblems<T>(read: () => T, problems: Problem[]): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    problems.push(...error.problems);
    return undefined;
  }
}
