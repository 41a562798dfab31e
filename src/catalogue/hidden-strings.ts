import { pointerStep } from '../kit/json-pointer.ts';
import { isJsonArray, isJsonObject, type JsonValue } from '../kit/json.ts';
import { hiddenCharacters, visibleText } from './visible-text.ts';

/** A string of a definition that holds characters nobody sees. */
export interface HiddenString {
  /** JSON Pointer (RFC 6901) to it, printable. */
  readonly pointer: string;
  /** The string as it would be read by a model, every hidden character escaped, at most 160 units of it. */
  readonly shown: string;
}

/** Most findings in one definition. */
const MAX_FINDINGS = 16;

/** The strings below `value`, keys too, that hide something from a person who reviews it. The first 16. */
export function hiddenStrings(value: JsonValue, pointer = ''): readonly HiddenString[] {
  if (typeof value === 'string') return hiddenCharacters(value).length === 0 ? [] : [{ pointer, shown: shown(value) }];
  if (isJsonArray(value)) return firstOf(value.map((item, index) => [`${pointer}/${index}`, item] as const));
  if (!isJsonObject(value)) return [];
  return firstOf(
    [...value].flatMap(([key, member]) => {
      const below = `${pointer}/${visibleText(pointerStep(key), 64)}`;
      return [[below, key] as const, [below, member] as const];
    }),
  );
}

function firstOf(places: readonly (readonly [pointer: string, value: JsonValue])[]): readonly HiddenString[] {
  const found: HiddenString[] = [];
  for (const [pointer, value] of places) {
    if (found.length >= MAX_FINDINGS) break;
    found.push(...hiddenStrings(value, pointer));
  }
  return found.slice(0, MAX_FINDINGS);
}

function shown(text: string): string {
  return visibleText(text, 160);
}
