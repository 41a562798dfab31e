import { CommandError } from '../command-error.ts';

/** Reads standard input to its end. */
export type ReadInput = () => Promise<string>;

/** Most that is read of standard input or an argument, characters. */
const MAX_INPUT = 64 * 1024;

/**
 * The token that was named on the command line, `-` for standard input. White space around it goes, as does a `Bearer `
 * that was copied along: a person pasted it. (A server accepts neither.)
 *
 * @throws CommandError
 */
export async function takeToken(argument: string, readInput: ReadInput): Promise<string> {
  const text = argument === '-' ? await readInput() : argument;
  const token = text.trim().replace(/^bearer +/i, '');
  if (token === '') throw new CommandError('there is no token; give one, or - to read it from standard input.');
  if (token.length > MAX_INPUT) throw new CommandError(`the token is longer than ${MAX_INPUT} characters.`);
  return token;
}

/** Standard input of this process. */
export async function readStandardInput(): Promise<string> {
  let text = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) {
    text += String(chunk);
    if (text.length > MAX_INPUT) break;
  }
  return text;
}
