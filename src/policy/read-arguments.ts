import { pointerStep } from '../kit/json-pointer.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../kit/json.ts';
import type { ScopedRule } from './rule.ts';

/**
 * The values of the argument paths that these rules read, by JSON Pointer (RFC 6901): what replay needs.
 *
 * A path that is not there is left out. Values are those of the call, whole: what of them is recorded is for the record to say.
 */
export function readArguments(rules: readonly ScopedRule[], args: JsonObject): ReadonlyMap<string, JsonValue> {
  const values = new Map<string, JsonValue>();
  for (const { condition } of rules) {
    for (const path of condition.reads) {
      const value = valueAt(args, path);
      if (value !== undefined) values.set(pointerOf(path), value);
    }
  }
  return values;
}

function valueAt(args: JsonObject, path: readonly string[]): JsonValue | undefined {
  let value: JsonValue | undefined = args;
  for (const step of path) {
    if (!isJsonObject(value)) return undefined;
    value = value.get(step);
  }
  return value;
}

/** The RFC 6901 pointer of a path of member names. */
export function pointerOf(path: readonly string[]): string {
  return path.map((step) => `/${pointerStep(step)}`).join('');
}

/**
 * Paths into the arguments that the reads of a CEL program name: `args.a["b.c"]` and `params.arguments.a["b.c"]` are
 * `a, b.c`; `args` alone is all of them.
 */
export function argumentPaths(reads: readonly string[]): readonly (readonly string[])[] {
  return reads.flatMap((read) => {
    const [variable, ...path] = stepsOf(read);
    if (variable === 'args') return [path];
    if (variable !== 'params') return [];
    if (path.length === 0) return [[]];
    return path[0] === 'arguments' ? [path.slice(1)] : [];
  });
}

/** The steps of a path: names between dots, and quoted ones in brackets. */
function stepsOf(read: string): readonly string[] {
  return [...read.matchAll(/\[("(?:\\.|[^"\\])*")\]|[^.[\]]+/g)].map(([step, quoted]) =>
    quoted === undefined ? step : String(JSON.parse(quoted)),
  );
}
