/**
 * JSON as the core holds it.
 *
 * Objects are `Map`s: a hostile member called `constructor` or `__proto__` is then just a key. Plain objects never
 * stand for JSON in the core; the schema validator gets a null-prototype copy made by `toPlain()`.
 *
 * @module
 */

/** A JSON object. Member order is the order of the source text; keys are unique. */
export type JsonObject = ReadonlyMap<string, JsonValue>;

/** Any JSON value. A number is the double that prints back to the decimal in the source text (DESIGN §4). */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

/** JSON in the shape of `JSON.parse`, for libraries that want it. */
export type PlainJson = null | boolean | number | string | readonly PlainJson[] | { readonly [key: string]: PlainJson };

/** The object without members. */
export const EMPTY_OBJECT: JsonObject = new Map();

/** Whether `value` is a JSON object. */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return value instanceof Map;
}

/** Whether `value` is a JSON array. */
export function isJsonArray(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/**
 * A copy in plain objects with a null prototype, for libraries that cannot read `Map`s.
 *
 * Lossless for what the strict reader accepts: it refuses `__proto__`, and a null prototype has no inherited names.
 */
export function toPlain(value: JsonValue): PlainJson {
  if (isJsonArray(value)) return value.map(toPlain);
  if (!isJsonObject(value)) return value;
  const plain: Record<string, PlainJson> = Object.create(null);
  for (const [key, member] of value) plain[key] = toPlain(member);
  return plain;
}

/**
 * The core's form of an already parsed plain value (configuration, token claims).
 *
 * @throws TypeError when `plain` holds what JSON cannot: `undefined`, a function, a bigint, a non-finite number.
 */
export function fromPlain(plain: unknown): JsonValue {
  switch (typeof plain) {
    case 'boolean':
    case 'string':
      return plain;
    case 'number':
      if (Number.isFinite(plain)) return plain;
      throw new TypeError(`not a JSON number: ${plain}`);
    case 'object':
      if (plain === null) return null;
      if (Array.isArray(plain)) return plain.map(fromPlain);
      return new Map(Object.entries(plain).map(([key, member]) => [key, fromPlain(member)]));
    default:
      throw new TypeError(`not JSON: ${typeof plain}`);
  }
}
