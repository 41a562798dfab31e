import { boundText } from '../kit/bound-text.ts';
import { codeOf } from '../kit/cause.ts';
import { ProblemsError } from '../kit/problem.ts';
import type { CommandIo } from './command-io.ts';
import { EXIT } from './exit-codes.ts';

/**
 * Acts, and answers the exit code: what `act` says, or else what has been set as `process.exitCode`. Never rejects: whatever
 * is thrown becomes one line.
 */
export async function endWith(act: () => Promise<number | void>, io: CommandIo): Promise<number> {
  try {
    return (await act()) ?? Number(process.exitCode ?? EXIT.ok);
  } catch (error) {
    complainOf(error, io);
    return EXIT.unusable;
  }
}

function complainOf(error: unknown, io: CommandIo): void {
  if (error instanceof ProblemsError) io.complain(error.message);
  else io.complain(`error: ${messageFor(error)}`);
  if (io.env['SALLYPORT_DEBUG'] !== undefined && error instanceof Error) io.complain(error.stack ?? '');
}

function messageFor(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const address = codeOf(error) === 'EADDRINUSE' ? /\S+:\d+$/.exec(error.message)?.[0] : undefined;
  if (address === undefined) return boundText(error.message, 2000);
  return `${address} is in use already. Stop what listens there, or change the bind of the listener in sallyport.yaml.`;
}
