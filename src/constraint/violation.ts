/** A value that a constraint or schema does not accept, in words an agent's model can act on. */
export interface Violation {
  /** RFC 6901 JSON Pointer from the checked value to the part at fault; empty for the value itself. At most 512 characters. */
  readonly pointer: string;
  /** What is wrong, as a phrase that reads on from the argument's name: "must be at most 100". */
  readonly message: string;
  /** What would be accepted there, as a phrase: "a number of at most 100". */
  readonly allowed: string;
}
