/** What the author of a schema should know: something in it decides nothing, or decides more than it seems to. */
export interface SchemaNote {
  /** JSON pointer of the place in the schema, empty for the whole. */
  readonly pointer: string;
  readonly message: string;
}
