import { isJsonArray, isJsonObject, type JsonValue } from '../kit/json.ts';
import type { Call } from './call.ts';
import type { JsonPath } from './find-span.ts';
import { type Replacement, replaceSpans } from './replace-spans.ts';

/** A change of the forwarded body: the value at `path` becomes `value`. The other bytes stay as received. */
export interface BodyEdit {
  readonly path: JsonPath;
  readonly value: JsonValue;
}

/**
 * The body with the values at the given paths replaced; every other byte stays as received (DESIGN §2, Edits).
 *
 * Without changes it is the received buffer itself.
 *
 * @param more Further changes, by span.
 * @throws RangeError when a path is not in the body, or two edits overlap: a must-edit that cannot be made.
 */
export function editBody(
  call: Pick<Call, 'body' | 'spanOf'>,
  edits: readonly BodyEdit[],
  more: readonly Replacement[] = [],
): Uint8Array {
  if (edits.length === 0 && more.length === 0) return call.body;
  const replacements = edits.map(({ path, value }) => {
    const span = call.spanOf(path);
    if (span === undefined) throw new RangeError(`nothing to edit at ${JSON.stringify(path)}`);
    return { span, text: printJson(value) };
  });
  return replaceSpans(call.body, [...replacements, ...more]);
}

/** The JSON text of `value`, members in their order. */
export function printJson(value: JsonValue): string {
  if (isJsonArray(value)) return `[${value.map(printJson).join(',')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  return `{${[...value].map(([key, member]) => `${JSON.stringify(key)}:${printJson(member)}`).join(',')}}`;
}
