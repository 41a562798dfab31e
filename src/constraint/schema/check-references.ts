import { isJsonObject, type JsonObject } from '../../kit/json.ts';
import { SchemaError } from './schema-error.ts';
import { inPlace, refTarget, walkSchemas } from './subschemas.ts';

/** Most schemas that may apply to one value, counted with every `$ref` followed. */
const MAX_APPLIED = 2_000;

/**
 * Checks that each `$ref` of a clean schema names a schema, that none leads back to the value it started from, and that no
 * value is judged by more than 2 000 schemas: doubling references would make validation exponential.
 *
 * @throws SchemaError
 */
export function checkReferences(root: JsonObject): void {
  const schemas = new Map(walkSchemas(root));
  const counted = new Map<JsonObject, number>();
  for (const [schema, at] of schemas) {
    checkTarget(root, schema, schemas, at);
    countApplied(root, schema, counted, new Set(), at);
  }
}

function checkTarget(root: JsonObject, schema: JsonObject, schemas: ReadonlyMap<JsonObject, string>, at: string): void {
  if (!schema.has('$ref')) return;
  const target = refTarget(root, schema);
  if (typeof target === 'boolean' || (isJsonObject(target) && schemas.has(target))) return;
  throw new SchemaError(`${at}/$ref`, 'names no schema here: only places inside this schema can be referred to');
}

/** How many schemas apply to a value that `schema` applies to. */
function countApplied(
  root: JsonObject,
  schema: JsonObject,
  counted: Map<JsonObject, number>,
  open: Set<JsonObject>,
  at: string,
): number {
  const known = counted.get(schema);
  if (known !== undefined) return known;
  if (open.has(schema)) throw new SchemaError(at, 'refers to itself without going into the value');
  open.add(schema);
  const count = inPlace(root, schema).reduce((sum, sub) => sum + countApplied(root, sub, counted, open, at), 1);
  open.delete(schema);
  if (count > MAX_APPLIED) throw new SchemaError(at, `applies more than ${MAX_APPLIED} schemas to one value`);
  counted.set(schema, count);
  return count;
}
