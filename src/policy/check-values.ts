import { compileSchema, SchemaError, type SchemaValidator } from '../constraint/schema/compile-schema.ts';
import { fromPlain, isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../kit/json.ts';

/** What of a constraint the pinned schema never lets through. */
export interface UnreachableValues {
  /** Every value, or every number in range: the constraint never holds. Otherwise some values of a list. */
  readonly all: boolean;
  readonly message: string;
}

/**
 * Compares the values that `exact`, `one_of` and `range` name with the schema of the argument: what the schema refuses
 * never reaches a rule. `undefined` when nothing is unreachable, or when it cannot be told.
 */
export function unreachableValues(spec: unknown, inputSchema: JsonObject, name: string): UnreachableValues | undefined {
  const properties = inputSchema.get('properties');
  const property = isJsonObject(properties) ? properties.get(name) : undefined;
  const written = fromPlain(spec);
  if (!isJsonObject(property) || !isJsonObject(written)) return undefined;
  if (written.get('c') === 'range') return unreachableRange(written, property);
  const values = valuesOf(written);
  const validator = values.length === 0 ? undefined : validatorOf(name, property);
  const refused = values.filter((value) => validator?.validate(new Map([[name, value]])) !== undefined);
  if (refused.length === 0) return undefined;
  const shown = refused.map((value) => JSON.stringify(value)).join(', ');
  return { all: refused.length === values.length, message: `the pinned schema never accepts ${shown.slice(0, 200)}.` };
}

function valuesOf(spec: JsonObject): readonly JsonValue[] {
  const value = spec.get('value');
  const values = spec.get('values');
  if (spec.get('c') === 'exact' && value !== undefined) return [value];
  return spec.get('c') === 'one_of' && isJsonArray(values) ? values : [];
}

function unreachableRange(spec: JsonObject, property: JsonObject): UnreachableValues | undefined {
  const [min, max] = [spec.get('min') ?? spec.get('exclusive_min'), spec.get('max') ?? spec.get('exclusive_max')];
  const [lowest, highest] = [property.get('minimum'), property.get('maximum')];
  const below = typeof max === 'number' && typeof lowest === 'number' && max < lowest;
  const above = typeof min === 'number' && typeof highest === 'number' && min > highest;
  if (!below && !above) return undefined;
  const bound = below ? `at least ${lowest}` : `at most ${JSON.stringify(highest)}`;
  return { all: true, message: `the pinned schema only accepts numbers of ${bound}.` };
}

/** A validator of the argument without the others; none when its schema needs the rest of the document. */
function validatorOf(name: string, property: JsonObject): SchemaValidator | undefined {
  try {
    return compileSchema(new Map([['properties', new Map([[name, property]])]]), { closed: true });
  } catch (error) {
    if (error instanceof SchemaError) return undefined;
    throw error;
  }
}
