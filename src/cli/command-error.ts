import { ProblemsError } from '../kit/problem.ts';
import type { CommandIo } from './command-io.ts';
import { EXIT } from './exit-codes.ts';

/** Input that a command cannot use, in a sentence that says what to do. Exit code 2. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

type ErrorClass = abstract new (...args: never[]) => Error;

/**
 * Runs a command. @returns its exit code, or 2 with the message on standard error for one of the `expected` errors.
 *
 * @throws every other error: it is ours, not the operator's.
 */
export async function guarded(
  io: CommandIo,
  run: () => Promise<number>,
  expected: readonly ErrorClass[] = [CommandError],
): Promise<number> {
  try {
    return await run();
  } catch (cause) {
    if (!(cause instanceof Error) || !expected.some((kind) => cause instanceof kind)) throw cause;
    io.complain(cause instanceof ProblemsError ? cause.message : `error: ${cause.message}`);
    return EXIT.unusable;
  }
}
