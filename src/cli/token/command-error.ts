import type { CommandIo } from '../command-io.ts';

/** Input that a command cannot use, in a sentence that says what to do. Exit code 2. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/** Runs a command. @returns its exit code, 2 for input that cannot be used. */
export async function guarded(io: CommandIo, run: () => Promise<number>): Promise<number> {
  try {
    return await run();
  } catch (cause) {
    if (!(cause instanceof CommandError)) throw cause;
    io.complain(`error: ${cause.message}`);
    return 2;
  }
}

/** `cause` in words, for a file or value that the operator named. */
export function because(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
