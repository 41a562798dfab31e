import type { FieldPath } from '../call/field-classes.ts';
import { stepsOf } from '../kit/json-pointer.ts';
import { EMPTY_OBJECT, isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../kit/json.ts';

/** An argument, or a part of one, that a schema declares. */
export interface SchemaField {
  readonly path: FieldPath;
  readonly schema: JsonObject;
}

/** What a schema says of the arguments, without values. */
export interface SchemaFields {
  readonly fields: readonly SchemaField[];
  /** Where there may be members that are not declared. */
  readonly open: readonly FieldPath[];
}

/** A schema that refers to itself is followed so many steps. */
const MAX_STEPS = 12;
const MAX_FIELDS = 2000;

/** Words for the same value. */
const SAME = ['allOf', 'anyOf', 'oneOf'] as const;
const SAME_ONE = ['if', 'then', 'else', 'not'] as const;
/** Words for any member or item. */
const EVERY = ['items', 'contains', 'additionalProperties', 'unevaluatedProperties', 'unevaluatedItems'] as const;
/** Words that say what a value may be: without any it may be an object with any members. */
const TELLING: ReadonlySet<string> = new Set([
  'type',
  'properties',
  'enum',
  'const',
  '$ref',
  '$dynamicRef',
  'required',
  'pattern',
  'format',
  ...SAME,
  ...EVERY,
]);

/** Every argument that `inputSchema` declares, at any depth, each as often as it is declared. */
export function schemaFields(inputSchema: JsonObject): SchemaFields {
  const walk = new Walk(inputSchema);
  walk.visit(inputSchema, [], MAX_STEPS);
  return { fields: walk.fields, open: walk.open };
}

class Walk {
  readonly fields: SchemaField[] = [];
  readonly open: FieldPath[] = [];
  readonly #root: JsonObject;

  constructor(root: JsonObject) {
    this.#root = root;
  }

  visit(schema: JsonValue, path: FieldPath, left: number): void {
    if (schema === false) return;
    const isFull = left === 0 || this.fields.length >= MAX_FIELDS;
    if (path.length > 0 && !isFull) this.fields.push({ path, schema: isJsonObject(schema) ? schema : EMPTY_OBJECT });
    if (!isJsonObject(schema) || isFull || isSilent(schema)) {
      this.open.push(path);
      return;
    }
    this.#visitMembers(schema, path, left - 1);
    this.#visitSame(schema, path, left - 1);
  }

  #visitMembers(schema: JsonObject, path: FieldPath, left: number): void {
    for (const [name, member] of membersOf(schema.get('properties'))) this.visit(member, [...path, name], left);
    for (const [, member] of membersOf(schema.get('patternProperties'))) this.#visitEvery(member, path, left);
    for (const item of itemsOf(schema.get('prefixItems'))) this.visit(item, [...path, '*'], left);
    for (const word of EVERY) {
      const every = schema.get(word);
      if (every === undefined || every === false) continue;
      if (word.endsWith('Properties')) this.#visitEvery(every, path, left);
      else this.visit(every, [...path, '*'], left);
    }
  }

  /** Members of any name. */
  #visitEvery(member: JsonValue, path: FieldPath, left: number): void {
    this.open.push(path);
    if (isJsonObject(member)) this.visit(member, [...path, '*'], left);
  }

  #visitSame(schema: JsonObject, path: FieldPath, left: number): void {
    for (const word of SAME) for (const one of itemsOf(schema.get(word))) this.visit(one, path, left);
    for (const word of SAME_ONE) {
      const one = schema.get(word);
      if (isJsonObject(one) && !isSilent(one)) this.visit(one, path, left);
    }
    for (const [, one] of membersOf(schema.get('dependentSchemas'))) this.visit(one, path, left);
    const reference = schema.get('$ref') ?? schema.get('$dynamicRef');
    if (reference !== undefined) this.visit(this.#referred(reference), path, left);
  }

  /** What a JSON Pointer in this document names; `null`, which may be anything, for every other reference. */
  #referred(reference: JsonValue): JsonValue {
    if (typeof reference !== 'string' || !/^#(?:\/|$)/.test(reference)) return null;
    let found: JsonValue | undefined = this.#root;
    for (const step of stepsOf(reference)) {
      if (isJsonArray(found)) found = found[Number(step)];
      else found = isJsonObject(found) ? found.get(step) : undefined;
    }
    return found ?? null;
  }
}

function isSilent(schema: JsonObject): boolean {
  for (const word of schema.keys()) if (TELLING.has(word)) return false;
  return true;
}

function membersOf(value: JsonValue | undefined): Iterable<readonly [string, JsonValue]> {
  return isJsonObject(value) ? value : [];
}

function itemsOf(value: JsonValue | undefined): readonly JsonValue[] {
  return isJsonArray(value) ? value : [];
}
