import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../../kit/json.ts';
import { resolveRef } from '../schema/resolve-ref.ts';
import {
  BOOL,
  type CelField,
  type CelType,
  DOUBLE,
  DYN,
  INT,
  joinTypes,
  listOf,
  NULL,
  STRING,
  stringOf,
} from './type.ts';

/** Schemas nested deeper, or that contain themselves, are dyn from there on. */
const MAX_DEPTH = 16;

/**
 * The static type of the values that `schema` accepts, read as `compileSchema(…, { closed: true })` reads it: an object that
 * declares `properties` has no others unless it says so.
 *
 * `integer` is int and `number` double; a type or null is nullable; what cannot be said in one type is dyn. Keywords that only
 * narrow are left aside, so the type is never narrower than the schema.
 */
export function celTypeOfSchema(schema: JsonObject): CelType {
  return new Typer(schema).typeOf(schema, 0);
}

class Typer {
  readonly #root: JsonObject;
  /** Types of schemas seen, so that a schema referred to often is taken apart once. */
  readonly #known = new Map<JsonObject, CelType>();

  constructor(root: JsonObject) {
    this.#root = root;
  }

  typeOf(schema: JsonValue | undefined, depth: number): CelType {
    if (!isJsonObject(schema) || depth > MAX_DEPTH) return DYN;
    const known = this.#known.get(schema);
    if (known !== undefined) return known;
    this.#known.set(schema, DYN);
    const type = this.#typeOfObject(schema, depth);
    this.#known.set(schema, type);
    return type;
  }

  #typeOfObject(schema: JsonObject, depth: number): CelType {
    const ref = schema.get('$ref');
    if (typeof ref === 'string') return this.typeOf(resolveRef(this.#root, ref), depth + 1);
    const named = schema.get('type');
    if (named !== undefined)
      return this.#joined(isJsonArray(named) ? named : [named], (name) => this.#typeNamed(name, schema, depth));
    for (const keyword of ['anyOf', 'oneOf']) {
      const branches = schema.get(keyword);
      if (isJsonArray(branches)) return this.#joined(branches, (branch) => this.typeOf(branch, depth + 1));
    }
    if (schema.has('const')) return typeOfValue(schema.get('const') ?? null);
    const values = schema.get('enum');
    return isJsonArray(values) ? this.#joined(values, typeOfValue) : DYN;
  }

  #joined(parts: readonly JsonValue[], typeOf: (part: JsonValue) => CelType): CelType {
    return parts.length === 0 ? DYN : parts.map(typeOf).reduce(joinTypes);
  }

  #typeNamed(name: JsonValue, schema: JsonObject, depth: number): CelType {
    switch (name) {
      case 'null':
        return NULL;
      case 'boolean':
        return BOOL;
      case 'integer':
        return INT;
      case 'number':
        return DOUBLE;
      case 'string':
        return stringOf(countOf(schema, 'maxLength'));
      case 'array':
        return this.#listType(schema, depth);
      case 'object':
        return this.#objectType(schema, depth);
      default:
        return DYN;
    }
  }

  #listType(schema: JsonObject, depth: number): CelType {
    const maxItems = countOf(schema, 'maxItems');
    const items = schema.get('items');
    const isTuple = schema.has('prefixItems') || isJsonArray(items);
    return listOf(isTuple ? DYN : this.typeOf(items, depth + 1), maxItems);
  }

  #objectType(schema: JsonObject, depth: number): CelType {
    // What is declared elsewhere (allOf, $ref, if, …) is not followed: such an object is open, of members that may be absent.
    const isComposed = COMPOSING.some((keyword) => schema.has(keyword));
    const declared = schema.get('properties');
    const required = schema.get('required');
    const names = new Set(isJsonArray(required) ? required : []);
    const properties = isJsonObject(declared) ? [...declared] : [];
    const fields = new Map(
      properties.map(([name, sub]): [string, CelField] => [
        name,
        { type: this.typeOf(sub, depth + 1), required: names.has(name) },
      ]),
    );
    const more = schema.get('additionalProperties');
    if (isComposed || schema.has('patternProperties')) return { kind: 'object', fields, rest: DYN };
    if (isJsonObject(more) || more === true) return { kind: 'object', fields, rest: this.typeOf(more, depth + 1) };
    // An object that declares nothing is open, except at the root.
    const isOpen = more === undefined && declared === undefined && schema !== this.#root;
    return isOpen ? { kind: 'object', fields, rest: DYN } : { kind: 'object', fields };
  }
}

const COMPOSING = ['allOf', 'anyOf', 'oneOf', 'if', 'dependentSchemas', 'dependencies', 'unevaluatedProperties'];

function typeOfValue(value: JsonValue): CelType {
  if (value === null) return NULL;
  if (typeof value === 'string') return STRING;
  if (typeof value === 'boolean') return BOOL;
  return typeof value === 'number' ? DOUBLE : DYN;
}

function countOf(schema: JsonObject, keyword: string): number | undefined {
  const count = schema.get(keyword);
  return typeof count === 'number' ? count : undefined;
}
