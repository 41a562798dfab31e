import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../../kit/json.ts';
import { pointerOf } from '../pointer.ts';
import { resolveRef } from './resolve-ref.ts';

/** Keywords whose schemas apply to the same value (2020-12 §10.2), `$ref` apart. */
export const IN_PLACE: readonly string[] = [
  'allOf',
  'anyOf',
  'oneOf',
  'not',
  'if',
  'then',
  'else',
  'dependentSchemas',
  'dependencies',
];

/** Keywords that hold schemas by name. */
const NAMED: ReadonlySet<string> = new Set([
  'properties',
  'patternProperties',
  'dependentSchemas',
  'dependencies',
  '$defs',
  'definitions',
]);

/** Keywords of a clean schema that hold a schema, a list of them, or either. */
const HOLDING: ReadonlySet<string> = new Set([
  ...IN_PLACE,
  'items',
  'additionalItems',
  'prefixItems',
  'contains',
  'additionalProperties',
  'propertyNames',
  'unevaluatedProperties',
  'unevaluatedItems',
]);

/** The object schemas under one keyword of a clean schema, each with its place below the keyword. */
export function schemasUnder(schema: JsonObject, keyword: string): readonly (readonly [JsonObject, string])[] {
  const value = schema.get(keyword);
  if (NAMED.has(keyword)) return isJsonObject(value) ? placed(value) : [];
  if (!HOLDING.has(keyword)) return [];
  if (isJsonArray(value)) return placed(value);
  return isJsonObject(value) ? [[value, '']] : [];
}

/** The object schemas that apply to the same value as `schema`, one step away; the one behind `$ref` included. */
export function inPlace(
  root: JsonObject,
  schema: JsonObject,
  keywords: readonly string[] = IN_PLACE,
): readonly JsonObject[] {
  const direct = keywords.flatMap((keyword) => schemasUnder(schema, keyword).map(([sub]) => sub));
  const target = refTarget(root, schema);
  return isJsonObject(target) ? [...direct, target] : direct;
}

/** What the `$ref` of `schema` names, if it has one. */
export function refTarget(root: JsonObject, schema: JsonObject): JsonValue | undefined {
  const ref = schema.get('$ref');
  return typeof ref === 'string' ? resolveRef(root, ref) : undefined;
}

/** Every object schema in a clean schema, itself first, with its pointer. `$ref` is not followed. */
export function* walkSchemas(schema: JsonObject, at = ''): Generator<readonly [JsonObject, string]> {
  yield [schema, at];
  for (const keyword of schema.keys()) {
    for (const [sub, place] of schemasUnder(schema, keyword)) yield* walkSchemas(sub, at + pointerOf(keyword) + place);
  }
}

/**
 * A clean schema with `change` made to every object schema in it, innermost first. `change` is told the keyword that a
 * schema stands under, which is empty for the whole.
 */
export function mapSchemas(
  schema: JsonObject,
  change: (schema: JsonObject, keyword: string) => JsonObject,
  under = '',
): JsonObject {
  const mapped = new Map<string, JsonValue>();
  for (const [keyword, value] of schema) {
    const each = (sub: JsonValue): JsonValue => (isJsonObject(sub) ? mapSchemas(sub, change, keyword) : sub);
    if (NAMED.has(keyword) && isJsonObject(value))
      mapped.set(keyword, new Map([...value].map(([name, sub]) => [name, each(sub)])));
    else if (!HOLDING.has(keyword)) mapped.set(keyword, value);
    else mapped.set(keyword, isJsonArray(value) ? value.map(each) : each(value));
  }
  return change(mapped, under);
}

function placed(schemas: JsonObject | readonly JsonValue[]): readonly (readonly [JsonObject, string])[] {
  return [...schemas.entries()].flatMap(([name, schema]) =>
    isJsonObject(schema) ? [[schema, pointerOf(name)] as const] : [],
  );
}
