import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../kit/json.ts';
import { GrantError, pointerTo } from './grant-error.ts';

/**
 * `value` as an object that has no members but `known`.
 *
 * @throws GrantError: a member that is not understood could be a limit, so it is never skipped.
 */
export function readMembers(value: JsonValue | undefined, known: readonly string[], pointer: string): JsonObject {
  if (!isJsonObject(value)) throw new GrantError(pointer, 'must be an object');
  for (const name of value.keys()) {
    if (!known.includes(name)) throw new GrantError(pointerTo(pointer, name), 'is not a known member');
  }
  return value;
}

/**
 * `value` as an array of non-empty strings.
 *
 * @throws GrantError
 */
export function readStrings(value: JsonValue | undefined, pointer: string): readonly string[] {
  if (!isJsonArray(value)) throw new GrantError(pointer, 'must be an array of strings');
  return value.map((item, index) => {
    if (typeof item !== 'string' || item === '') {
      throw new GrantError(pointerTo(pointer, index), 'must be a string that is not empty');
    }
    return item;
  });
}
