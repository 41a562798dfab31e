import { isJsonObject, type JsonObject, type JsonValue } from '../../kit/json.ts';
import { pointerOf } from '../read-arguments.ts';
import type { RecordedArguments } from './recorded-call.ts';

/** A value as far as the record tells. `absent`: the call had none there. */
type Known =
  | { readonly kind: 'value'; readonly value: JsonValue }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unknown' };

/**
 * The arguments of a recorded call as far as rules can see that read these paths and, with `allNames`, the names of all;
 * `undefined` when one of them is not recorded.
 *
 * Paths that are read hold what the call held; everything else is missing or, where only the name is known, null.
 */
export function knownArguments(
  recorded: RecordedArguments,
  reads: readonly (readonly string[])[],
  allNames: boolean,
): JsonObject | undefined {
  if (allNames && recorded.names === undefined) return undefined;
  const args = new Map<string, JsonValue>();
  for (const name of recorded.names ?? []) args.set(name, null);
  for (const path of reads) {
    const known = knownAt(recorded, path);
    if (known.kind === 'unknown') return undefined;
    if (known.kind === 'value') setAt(args, path, known.value);
  }
  return args;
}

function knownAt({ names, values }: RecordedArguments, path: readonly string[]): Known {
  const [top] = path;
  if (top === undefined) return wholeOf({ names, values });
  for (let length = path.length; length >= 0; length--) {
    const value = values.get(pointerOf(path.slice(0, length)));
    if (value !== undefined) return within(value, path.slice(length));
  }
  return names?.has(top) === false ? { kind: 'absent' } : { kind: 'unknown' };
}

/** All arguments: recorded as one, or each by its name. */
function wholeOf({ names, values }: RecordedArguments): Known {
  const whole = values.get('');
  if (whole !== undefined) return { kind: 'value', value: whole };
  if (names === undefined) return { kind: 'unknown' };
  const args = new Map<string, JsonValue>();
  for (const name of names) {
    const value = values.get(pointerOf([name]));
    if (value === undefined) return { kind: 'unknown' };
    args.set(name, value);
  }
  return { kind: 'value', value: args };
}

function within(value: JsonValue, path: readonly string[]): Known {
  let found: JsonValue | undefined = value;
  for (const step of path) {
    if (!isJsonObject(found)) return { kind: 'absent' };
    found = found.get(step);
  }
  return found === undefined ? { kind: 'absent' } : { kind: 'value', value: found };
}

/** Puts `value` at `path`, making the objects on the way. What was a placeholder there gives way. */
function setAt(args: Map<string, JsonValue>, path: readonly string[], value: JsonValue): void {
  const [name, ...rest] = path;
  if (name === undefined) {
    if (isJsonObject(value)) for (const [key, member] of value) args.set(key, member);
    return;
  }
  if (rest.length === 0) return void args.set(name, value);
  const before = args.get(name);
  const inner = new Map(isJsonObject(before) ? before : []);
  setAt(inner, rest, value);
  args.set(name, inner);
}
