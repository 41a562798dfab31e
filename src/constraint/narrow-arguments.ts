import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../kit/json.ts';
import type { ArgumentConstraint } from './arguments.ts';

/** Keywords beside which adding to `properties` can widen a schema, or hide what they declare. */
const COMPOSING = [
  'allOf',
  'anyOf',
  'oneOf',
  'not',
  'if',
  '$ref',
  'dependentSchemas',
  'dependencies',
  'unevaluatedProperties',
  'patternProperties',
];

/**
 * `inputSchema` tightened by argument constraints, for `tools/list`. Accepts nothing that `inputSchema` does not, whatever
 * it is made of; a plain object schema shows only the arguments that remain.
 */
export function narrowArguments(
  inputSchema: JsonObject,
  constraints: ReadonlyMap<string, ArgumentConstraint>,
  extraArgs: 'deny' | 'allow',
): JsonObject {
  const properties = narrowProperties(inputSchema, constraints);
  const narrowed = new Map(inputSchema);
  const required = [...constraints]
    .filter(([name, { optional }]) => !optional && properties.has(name))
    .map(([name]) => name);
  if (required.length > 0) narrowed.set('required', joinNames(inputSchema.get('required'), required));
  if (extraArgs === 'deny' && !isComposed(inputSchema)) {
    narrowed.set('properties', new Map([...properties].filter(([name]) => constraints.has(name))));
    return narrowed.set('additionalProperties', false);
  }
  if (extraArgs === 'deny') narrowed.set('propertyNames', namesOnly(inputSchema, [...constraints.keys()]));
  return properties.size === 0 ? narrowed : narrowed.set('properties', properties);
}

/**
 * The declared properties, those that are constrained narrowed; and constrained ones that `additionalProperties` lets
 * through. Without that keyword the schema is closed here (`close-schema.ts`), so nothing is added to what it declares.
 */
function narrowProperties(
  inputSchema: JsonObject,
  constraints: ReadonlyMap<string, ArgumentConstraint>,
): Map<string, JsonValue> {
  const declared = inputSchema.get('properties');
  const properties = new Map(isJsonObject(declared) ? declared : []);
  const others = isComposed(inputSchema) ? false : (inputSchema.get('additionalProperties') ?? false);
  for (const [name, { constraint }] of constraints) {
    const place = properties.get(name) ?? others;
    if (place === false) continue;
    properties.set(name, constraint.narrow(isJsonObject(place) ? place : new Map()));
  }
  return properties;
}

function isComposed(schema: JsonObject): boolean {
  return COMPOSING.some((keyword) => schema.has(keyword));
}

function joinNames(existing: JsonValue | undefined, names: readonly string[]): JsonValue {
  return [...new Set([...(isJsonArray(existing) ? existing : []), ...names])];
}

function namesOnly(inputSchema: JsonObject, names: readonly string[]): JsonValue {
  const only: JsonObject = names.length === 0 ? new Map([['not', new Map()]]) : new Map([['enum', names]]);
  const existing = inputSchema.get('propertyNames');
  return existing === undefined ? only : new Map([['allOf', [existing, only]]]);
}
