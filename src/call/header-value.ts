import { isUtf8 } from 'node:buffer';
import { exactNumber } from './exact-number.ts';

const PREFIX = '=?base64?';
const SUFFIX = '?=';
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * The text that an `Mcp-Name` or `Mcp-Param-*` value stands for, or `undefined` when its encoding is broken.
 *
 * `=?base64?…?=` holds UTF-8 in padded base64 (2026-07-28 Streamable HTTP, "Value Encoding"; markers are case-sensitive);
 * anything else stands for itself, also with one marker of the two.
 */
export function decodeHeaderValue(value: string): string | undefined {
  if (!value.startsWith(PREFIX) || !value.endsWith(SUFFIX) || value.length < PREFIX.length + SUFFIX.length)
    return value;
  const encoded = value.slice(PREFIX.length, -SUFFIX.length);
  if (!BASE64.test(encoded)) return undefined;
  const bytes = Buffer.from(encoded, 'base64');
  // Bits beyond the last byte could differ between two spellings of one text.
  if (bytes.toString('base64') !== encoded) return undefined;
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined;
}

/** Whether a decoded header value says what the argument says: numbers by value, booleans by word, text exactly. */
export function agrees(decoded: string, argument: unknown): boolean {
  switch (typeof argument) {
    case 'string':
      return decoded === argument;
    case 'boolean':
      return decoded === String(argument);
    case 'number':
      return /^-?\d{1,400}(?:\.\d{1,400})?$/.test(decoded) && exactNumber(decoded) === argument;
    default:
      return false;
  }
}
