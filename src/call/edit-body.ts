import { isJsonArray, isJsonObject, type JsonValue } from '../kit/json.ts';
import type { Call, Span } from './call.ts';
import type { JsonPath } from './find-span.ts';

/** The value at `path` becomes `value`. */
export interface BodyEditLike {
  readonly path: JsonPath;
  readonly value: JsonValue;
}

/**
 * The body with the values at the given paths replaced; every other byte stays as received (DESIGN §2, Edits).
 *
 * Without edits it is the received buffer itself.
 *
 * @throws RangeError when a path is not in the body, or two edits overlap: a must-edit that cannot be made.
 */
export function editBody(call: Pick<Call, 'body' | 'spanOf'>, edits: readonly BodyEditLike[]): Uint8Array {
  if (edits.length === 0) return call.body;
  const pieces: Uint8Array[] = [];
  let copied = 0;
  for (const { start, end, text } of placed(call, edits)) {
    if (start < copied) throw new RangeError('two edits overlap');
    pieces.push(call.body.subarray(copied, start), Buffer.from(text));
    copied = end;
  }
  pieces.push(call.body.subarray(copied));
  return Buffer.concat(pieces);
}

interface PlacedEdit extends Span {
  readonly text: string;
}

function placed(call: Pick<Call, 'spanOf'>, edits: readonly BodyEditLike[]): readonly PlacedEdit[] {
  const found = edits.map(({ path, value }) => {
    const span = call.spanOf(path);
    if (span === undefined) throw new RangeError(`nothing to edit at ${JSON.stringify(path)}`);
    return { ...span, text: printJson(value) };
  });
  return found.toSorted((left, right) => left.start - right.start);
}

/** The JSON text of `value`, members in their order. */
export function printJson(value: JsonValue): string {
  if (isJsonArray(value)) return `[${value.map(printJson).join(',')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  return `{${[...value].map(([key, member]) => `${JSON.stringify(key)}:${printJson(member)}`).join(',')}}`;
}
