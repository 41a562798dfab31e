import { isJsonArray, isJsonObject, type JsonValue } from './json.ts';

/**
 * The RFC 8785 (JCS) text of a JSON value: members sorted by UTF-16 code units, numbers and strings as ECMAScript
 * prints them. Equal values have equal texts, so a digest of the text is a digest of the value.
 */
export function canonicalJson(value: JsonValue): string {
  if (isJsonArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  // The default sort compares UTF-16 code units, which is what RFC 8785 §3.2.3 asks for.
  const keys = [...value.keys()].toSorted();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonicalJson(value.get(key) ?? null)}`).join(',')}}`;
}
