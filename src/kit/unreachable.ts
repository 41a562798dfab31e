/** Marks a branch that types say cannot be reached; compiles only when every case before it was handled. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${String(value)}`);
}
