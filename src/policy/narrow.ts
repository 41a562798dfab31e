import type { ArgumentConstraints } from '../constraint/arguments.ts';
import { jsonEqual } from '../constraint/json-equal.ts';
import { canonicalJson } from '../kit/canonical-json.ts';
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../kit/json.ts';

/** `schema` tightened by constraints that all hold for every allowed call. */
export function narrowAll(schema: JsonObject, constraints: readonly ArgumentConstraints[]): JsonObject {
  return constraints.reduce((narrowed, each) => each.narrow(narrowed), schema);
}

/**
 * `schema` tightened by what several allow rules have in common: one of them is enough for a call. A rule without
 * constraints (`undefined`) allows anything, so nothing is tightened.
 *
 * Accepts every set of arguments that one of the rules accepts. It may accept more: each property is narrowed by itself,
 * so a combination of two rules is listed as possible and refused when it is called.
 */
export function narrowAny(schema: JsonObject, rules: readonly (ArgumentConstraints | undefined)[]): JsonObject {
  const constraints = rules.filter((rule) => rule !== undefined);
  if (constraints.length < rules.length || constraints.length === 0) return schema;
  const variants = distinct(constraints.map((each) => each.narrow(schema)));
  const [only, another] = variants;
  if (only !== undefined && another === undefined) return only;
  return variants.every((variant) => differsOnlyInProperties(variant, schema)) ? union(schema, variants) : schema;
}

const COMBINED = ['properties', 'required', 'additionalProperties'] as const;

/** Whether a variant differs from the schema only where a union can be built. */
function differsOnlyInProperties(variant: JsonObject, schema: JsonObject): boolean {
  const keys = new Set([...variant.keys(), ...schema.keys()]);
  for (const key of COMBINED) keys.delete(key);
  return [...keys].every((key) => same(variant.get(key), schema.get(key)));
}

function union(schema: JsonObject, variants: readonly JsonObject[]): JsonObject {
  const united = new Map(schema);
  const closed = variants.every((variant) => variant.get('additionalProperties') === false);
  if (closed) united.set('additionalProperties', false);
  united.set('properties', unionOfProperties(schema, variants));
  const required = requiredByAll(variants);
  if (required.length > 0) united.set('required', required);
  else united.delete('required');
  return united;
}

function unionOfProperties(schema: JsonObject, variants: readonly JsonObject[]): JsonObject {
  const names = new Set(variants.flatMap((variant) => [...propertiesOf(variant).keys()]));
  const united = new Map<string, JsonValue>();
  for (const name of names) {
    const property = unionOfProperty(name, schema, variants);
    if (property !== undefined) united.set(name, property);
  }
  return united;
}

/** The property as one of the variants at least accepts it; as the schema has it when a variant says nothing of it. */
function unionOfProperty(name: string, schema: JsonObject, variants: readonly JsonObject[]): JsonValue | undefined {
  const saying = variants.filter((variant) => !forbids(variant, name));
  const properties = saying.map((variant) => propertiesOf(variant).get(name));
  if (properties.includes(undefined)) return propertiesOf(schema).get(name);
  const choices = distinct(properties.filter((property) => property !== undefined));
  return choices.length > 1 ? new Map([['anyOf', choices]]) : choices[0];
}

function forbids(variant: JsonObject, name: string): boolean {
  return !propertiesOf(variant).has(name) && variant.get('additionalProperties') === false;
}

function propertiesOf(schema: JsonObject): JsonObject {
  const properties = schema.get('properties');
  return isJsonObject(properties) ? properties : new Map();
}

function requiredByAll(variants: readonly JsonObject[]): readonly JsonValue[] {
  const lists = variants.map((variant) => {
    const required = variant.get('required');
    return isJsonArray(required) ? required : [];
  });
  const [first = [], ...others] = lists;
  return first.filter((name) => others.every((list) => list.includes(name)));
}

function distinct<T extends JsonValue>(values: readonly T[]): readonly T[] {
  // One is the usual number, for each tool of each list.
  if (values.length < 2) return values;
  return [...new Map(values.map((value) => [canonicalJson(value), value])).values()];
}

function same(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  return a === undefined || b === undefined ? a === b : jsonEqual(a, b);
}
