/** Characters that move or hide what a person sees, or that a terminal acts on. JSON leaves them as they are. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Co}\u2028\u2029]/gu;

/** JSON on one line that says the same, with unsafe characters of its strings as `\uXXXX`. */
export function escapeJsonText(json: string): string {
  return json.replace(UNSAFE, (found) =>
    Array.from({ length: found.length }, (_none, at) => `\\u${hex(found.charCodeAt(at))}`).join(''),
  );
}

function hex(unit: number): string {
  return unit.toString(16).padStart(4, '0');
}
