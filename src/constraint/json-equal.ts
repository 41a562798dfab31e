import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../kit/json.ts';

/** Whether two JSON values are the same: numbers by value, strings by code unit (no normalisation), objects in any order. */
export function jsonEqual(a: JsonValue, b: JsonValue): boolean {
  if (a === b) return true;
  if (isJsonArray(a))
    return isJsonArray(b) && a.length === b.length && a.every((item, i) => jsonEqual(item, b[i] ?? null));
  return isJsonObject(a) && isJsonObject(b) && membersEqual(a, b);
}

function membersEqual(a: JsonObject, b: JsonObject): boolean {
  if (a.size !== b.size) return false;
  for (const [key, value] of a) {
    const other = b.get(key);
    if (other === undefined || !jsonEqual(value, other)) return false;
  }
  return true;
}
