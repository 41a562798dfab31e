/**
 * What was thrown, in the form that is wanted of it. JavaScript throws anything; libraries mostly throw `Error`s.
 *
 * @module
 */

/** The message of an `Error`; anything else as text. Unbounded, and possibly hostile: for operators only. */
export function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** `cause` itself when it is an `Error`, else one that says what it is. */
export function errorOf(cause: unknown): Error {
  return cause instanceof Error ? cause : new Error(String(cause));
}

/** The `code` of an `Error`, such as `ENOENT` of the file system; `undefined` for what has none. */
export function codeOf(cause: unknown): string | undefined {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
}
