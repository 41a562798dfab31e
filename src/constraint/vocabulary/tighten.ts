import { isJsonArray, type JsonObject, type JsonValue } from '../../kit/json.ts';
import { JsonSet } from '../json-set.ts';

/** Longer lists are described instead of listed in `tools/list`. */
const MAX_ENUM = 100;

/** `schema` and also `sub`, both of which must accept. */
export function withAlso(schema: JsonObject, sub: JsonObject): JsonObject {
  const existing = schema.get('allOf');
  return new Map(schema).set('allOf', [...(isJsonArray(existing) ? existing : []), sub]);
}

/** `schema` with an upper bound under `keyword`; a lower one that is there stays. */
export function withMaximum(schema: JsonObject, keyword: string, bound: number): JsonObject {
  const existing = schema.get(keyword);
  return new Map(schema).set(keyword, typeof existing === 'number' ? Math.min(existing, bound) : bound);
}

/** `schema` with a lower bound under `keyword`; a higher one that is there stays. */
export function withMinimum(schema: JsonObject, keyword: string, bound: number): JsonObject {
  const existing = schema.get(keyword);
  return new Map(schema).set(keyword, typeof existing === 'number' ? Math.max(existing, bound) : bound);
}

/** `schema` for `values` only: those of its own `enum` that are among them, if it has one. */
export function withEnum(schema: JsonObject, values: readonly JsonValue[]): JsonObject {
  if (values.length > MAX_ENUM) return schema;
  const existing = schema.get('enum');
  if (!isJsonArray(existing)) return new Map(schema).set('enum', values);
  const wanted = new JsonSet(values);
  const both = existing.filter((value) => wanted.has(value));
  // An empty `enum` is not valid in draft-07.
  return both.length === 0 ? withAlso(schema, new Map([['enum', values]])) : new Map(schema).set('enum', both);
}

/** `schema` with a `pattern`, beside one that is there. */
export function withPattern(schema: JsonObject, pattern: string): JsonObject {
  if (schema.has('pattern')) return withAlso(schema, new Map([['pattern', pattern]]));
  return new Map(schema).set('pattern', pattern);
}

/** `schema` whose description says what is allowed here. */
export function withHint(schema: JsonObject, allowed: string): JsonObject {
  const existing = schema.get('description');
  const hint = `Allowed here: ${allowed}.`;
  return new Map(schema).set(
    'description',
    typeof existing === 'string' && existing !== '' ? `${existing} ${hint}` : hint,
  );
}
