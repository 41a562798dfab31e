import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { printProblem, ProblemsError } from '../kit/problem.ts';
import { loadConfig } from './load.ts';

/* Prints what is said about each bad fixture: the golden text of `load.test.ts`, to be read before it is committed. */
const directory = join(import.meta.dirname, 'fixtures', 'bad');
for (const file of readdirSync(directory).toSorted()) {
  if (file === 'files') continue;
  try {
    await loadConfig(join(directory, file));
    console.log(`${file}: accepted`);
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    for (const problem of error.problems) {
      console.log(printProblem(problem).replaceAll(`${directory}/`, ''));
    }
  }
}
