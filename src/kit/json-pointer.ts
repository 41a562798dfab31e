/** `name` as one step of a JSON Pointer (RFC 6901 §3), without the slash before it. */
export function pointerStep(name: string | number): string {
  return String(name).replaceAll('~', '~0').replaceAll('/', '~1');
}

/** The name that a step of a JSON Pointer stands for (RFC 6901 §4): the reverse of `pointerStep()`. */
export function nameOfStep(step: string): string {
  return step.replaceAll('~1', '/').replaceAll('~0', '~');
}

/** The names and indices that a JSON Pointer leads through. */
export function stepsOf(pointer: string): readonly string[] {
  return pointer.split('/').slice(1).map(nameOfStep);
}
