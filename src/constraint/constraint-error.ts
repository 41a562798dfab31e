/** A constraint that cannot be used as written. Belongs to the author of the policy or token, never to the caller. */
export class ConstraintError extends Error {
  override readonly name = 'ConstraintError';
  /** RFC 6901 pointer into the spec. */
  readonly pointer: string;
  /** What to write instead, as a sentence. */
  readonly suggestion: string | undefined;

  constructor(pointer: string, message: string, suggestion?: string) {
    super(message);
    this.pointer = pointer;
    this.suggestion = suggestion;
  }
}
