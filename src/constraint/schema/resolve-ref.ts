import { nameOfStep } from '../../kit/json-pointer.ts';
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../../kit/json.ts';

/**
 * The value that a reference inside the document names: `#` or `#/…` (RFC 6901 §6).
 *
 * @returns `undefined` when there is none, and for every reference to another document.
 */
export function resolveRef(root: JsonObject, ref: string): JsonValue | undefined {
  if (ref === '#') return root;
  if (!ref.startsWith('#/')) return undefined;
  let place: JsonValue | undefined = root;
  for (const step of ref.slice(2).split('/')) {
    const name = unescapeStep(step);
    if (name === undefined) return undefined;
    if (isJsonObject(place)) place = place.get(name);
    else place = isJsonArray(place) && /^(?:0|[1-9][0-9]*)$/.test(name) ? place[Number(name)] : undefined;
  }
  return place;
}

function unescapeStep(step: string): string | undefined {
  try {
    return nameOfStep(decodeURIComponent(step));
  } catch {
    return undefined;
  }
}
