import { isAscii, isUtf8 } from 'node:buffer';
import type { JsonValue } from '../kit/json.ts';
import type { Span } from './call.ts';
import { findSpan, type JsonPath } from './find-span.ts';
import { JsonFault } from './json-fault.ts';
import { JsonReader, type JsonTextLimits } from './json-reader.ts';
import type { ReasonCode } from './reason.ts';

/** How much one JSON text may hold. */
export interface JsonLimits extends JsonTextLimits {
  readonly maxBytes: number;
}

/** What a message may hold unless its server says otherwise. `maxMembers` keeps every stage's work under 10 ms. */
export const MESSAGE_LIMITS: JsonLimits = { maxDepth: 64, maxMembers: 20_000, maxBytes: 2 * 1024 * 1024 };

/** A JSON text that every conforming parser reads the same way. */
export interface ParsedJson {
  readonly kind: 'json';
  readonly value: JsonValue;
  /** Whether some number has a fraction or an exponent in its text, such as `1.0`. */
  readonly sawFraction: boolean;
  /** Where the value at `path` stands in the bytes; `undefined` when it is not there. Scans anew on each call. */
  spanOf(path: JsonPath): Span | undefined;
}

/** A text that is not JSON, or that parsers read differently. */
export interface JsonRefusal {
  readonly kind: 'refused';
  readonly reason: ReasonCode;
  /** Byte where the text stopped being acceptable. */
  readonly offset: number;
}

/**
 * Reads one JSON value and nothing else from `bytes`, or says why not (DESIGN §4). Never throws.
 *
 * Refused: a byte order mark, invalid UTF-8, anything after the value, a key twice in one object (after unescaping),
 * `__proto__`, lone surrogates, NUL, numbers that a double does not hold as written (`exactNumber()`), and more than
 * `limits`. What is accepted has the value that `JSON.parse` gives, with objects as `Map`s in the order of the text.
 */
export function parseJson(bytes: Uint8Array, limits: JsonLimits = MESSAGE_LIMITS): ParsedJson | JsonRefusal {
  if (bytes.length > limits.maxBytes) return refused('body.too-large', limits.maxBytes);
  const text = decode(bytes);
  if (text === undefined) return refused('body.encoding', 0);
  const reader = new JsonReader(text, limits);
  try {
    const value = reader.read();
    return { kind: 'json', value, sawFraction: reader.sawFraction, spanOf: (path) => findSpan(bytes, path) };
  } catch (cause) {
    if (!(cause instanceof JsonFault)) throw cause;
    return refused(cause.reason, Buffer.byteLength(text.slice(0, cause.at)));
  }
}

function refused(reason: ReasonCode, offset: number): JsonRefusal {
  return { kind: 'refused', reason, offset };
}

/** The text of plain UTF-8, `undefined` for anything else. UTF-16 and UTF-32 show by a NUL in the first two bytes. */
function decode(bytes: Uint8Array): string | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer[0] === 0 || buffer[1] === 0) return undefined;
  if (isAscii(buffer)) return buffer.toString('latin1');
  const marked = buffer[0] === 0xef && buffer[1] === 0xbb && buffer[2] === 0xbf;
  return marked || !isUtf8(buffer) ? undefined : buffer.toString('utf8');
}
