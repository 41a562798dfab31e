/** A JSON Schema that cannot be enforced here. */
export class SchemaError extends Error {
  override readonly name = 'SchemaError';
  /** RFC 6901 pointer into the schema. */
  readonly pointer: string;

  constructor(pointer: string, message: string) {
    super(message);
    this.pointer = pointer;
  }
}
