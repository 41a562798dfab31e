import { canonicalJson } from '../kit/canonical-json.ts';
import { isJsonArray, isJsonObject, type JsonValue } from '../kit/json.ts';

const MAX_TEXT_LENGTH = 80;
const MAX_LISTED = 10;

/** A value of the rule's author as text, at most 80 characters long. */
export function sayValue(value: JsonValue): string {
  return clip(canonicalJson(value));
}

/** Values as a list in words: at most ten, then how many more. */
export function sayList(values: readonly JsonValue[]): string {
  return sayNames(values.map(sayValue));
}

/** Names as a list: at most ten, then how many more. */
export function sayNames(names: readonly string[]): string {
  const shown = names.slice(0, MAX_LISTED).map(clip).join(', ');
  return names.length > MAX_LISTED ? `${shown} and ${names.length - MAX_LISTED} more` : shown;
}

/** The JSON type of a value with its article. */
export function sayType(value: JsonValue): string {
  if (value === null) return 'null';
  if (isJsonArray(value)) return 'an array';
  return isJsonObject(value) ? 'an object' : `a ${typeof value}`;
}

function clip(text: string): string {
  return text.length > MAX_TEXT_LENGTH ? `${text.slice(0, MAX_TEXT_LENGTH - 1)}…` : text;
}
