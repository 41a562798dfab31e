import type { Span } from './call.ts';

/** New text for a range of bytes. */
export interface Replacement {
  readonly span: Span;
  readonly text: string | Uint8Array;
}

/**
 * `bytes` with each span replaced; every other byte stays as it was.
 *
 * @throws RangeError when spans overlap.
 */
export function replaceSpans(bytes: Uint8Array, replacements: readonly Replacement[]): Uint8Array {
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const { span, text } of replacements.toSorted((one, other) => one.span.start - other.span.start)) {
    if (span.start < at) throw new RangeError('spans overlap');
    parts.push(bytes.subarray(at, span.start), typeof text === 'string' ? Buffer.from(text) : text);
    at = span.end;
  }
  return Buffer.concat([...parts, bytes.subarray(at)]);
}
