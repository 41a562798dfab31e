/** A CEL expression that cannot be used: syntax, types, cost. Belongs to its author. */
export class CelError extends Error {
  override readonly name = 'CelError';
  /** Where in the source, in UTF-16 code units from its start. */
  readonly offset: number;
  /** What to write instead, as a sentence. */
  readonly suggestion: string | undefined;

  constructor(offset: number, message: string, suggestion?: string) {
    super(message);
    this.offset = offset;
    this.suggestion = suggestion;
  }
}
