import { readFile } from 'node:fs/promises';
import { type Problem, ProblemsError } from '../kit/problem.ts';
import { whyUnreadable } from '../kit/why-unreadable.ts';

/** The text of the configuration file. @throws ProblemsError when it cannot be read. */
export function readConfigText(file: string): Promise<string> {
  return readText(file, (message) => missing(file, message));
}

/** @throws ProblemsError with what `problemOf` makes of the reason why the file cannot be read. */
export async function readText(file: string, problemOf: (message: string) => Problem): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
  } catch (cause) {
    throw new ProblemsError([problemOf(`${file} ${whyUnreadable(cause)}`)]);
  }
}

/** The configuration itself cannot be read: there is no place in it to point to. */
function missing(file: string, message: string): Problem {
  const suggestion = 'Name another with --config, or make one with sallyport init.';
  return { file, line: 1, column: 1, field: '', message, suggestion, severity: 'error' };
}
