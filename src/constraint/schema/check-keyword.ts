import { isJsonArray, isJsonObject, type JsonValue } from '../../kit/json.ts';
import type { KeywordShape } from './keywords.ts';
import { SchemaError } from './schema-error.ts';

/** Shapes that hold no schema. */
type PlainShape = Exclude<
  KeywordShape,
  'schema' | 'schemas' | 'schema-map' | 'items-draft-07' | 'dependencies' | 'pattern' | 'pattern-map'
>;

const TYPES = ['null', 'boolean', 'object', 'array', 'number', 'string', 'integer'];

const SHAPES: Readonly<Record<PlainShape, { readonly says: string; readonly is: (value: JsonValue) => boolean }>> = {
  'ref': { says: 'a reference inside this schema: "#" or "#/…"', is: isLocalRef },
  'count': { says: 'a whole number of at least 0', is: (value) => Number.isSafeInteger(value) && Number(value) >= 0 },
  'number': { says: 'a number', is: (value) => typeof value === 'number' },
  'positive': { says: 'a number greater than 0', is: (value) => typeof value === 'number' && value > 0 },
  'boolean': { says: 'true or false', is: (value) => typeof value === 'boolean' },
  'names': { says: 'a list of names', is: isNames },
  'names-map': {
    says: 'lists of names by name',
    is: (value) => isJsonObject(value) && [...value.values()].every(isNames),
  },
  'types': { says: `one of ${TYPES.join(', ')}, or a list of them`, is: isTypes },
  'values': { says: 'a list of values, not empty', is: (value) => isJsonArray(value) && value.length > 0 },
  'value': { says: 'a value', is: () => true },
};

/** Checks the value of a keyword that holds no schema. @throws SchemaError */
export function checkKeyword(shape: PlainShape, value: JsonValue, at: string): void {
  const { says, is } = SHAPES[shape];
  if (!is(value)) throw new SchemaError(at, `must be ${says}`);
}

function isLocalRef(value: JsonValue): boolean {
  return typeof value === 'string' && (value === '#' || value.startsWith('#/'));
}

function isNames(value: JsonValue): boolean {
  return isJsonArray(value) && value.every((name) => typeof name === 'string');
}

function isTypes(value: JsonValue): boolean {
  const types = isJsonArray(value) ? value : [value];
  return types.length > 0 && types.every((type) => typeof type === 'string' && TYPES.includes(type));
}
