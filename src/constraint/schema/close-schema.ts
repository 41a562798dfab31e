import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../../kit/json.ts';
import { sayNames } from '../say.ts';
import { inPlace } from './subschemas.ts';

/** Keywords whose schemas apply to a part of the value: each is closed for itself. */
const INTO_PARTS: ReadonlySet<string> = new Set([
  'additionalProperties',
  'unevaluatedProperties',
  'items',
  'prefixItems',
  'additionalItems',
  'unevaluatedItems',
]);
const INTO_NAMED_PARTS: ReadonlySet<string> = new Set(['properties', 'patternProperties']);

/**
 * Keywords whose schemas apply to the same value: they are left open, since one branch does not know what another declares;
 * the place where they are joined is closed. `not`, `if` and `contains` are left as they are: narrower there is wider outside.
 */
const JOINED: ReadonlySet<string> = new Set(['allOf', 'anyOf', 'oneOf', 'then', 'else']);
const JOINED_BY_NAME: ReadonlySet<string> = new Set(['dependentSchemas', 'dependencies', '$defs', 'definitions']);

/** In-place keywords through which a value's members can be declared. */
const DECLARING: readonly string[] = [
  'allOf',
  'anyOf',
  'oneOf',
  'if',
  'then',
  'else',
  'dependentSchemas',
  'dependencies',
];

/**
 * A clean schema made closed: an object takes only members that are declared for it, unless the schema itself says
 * otherwise (`additionalProperties`, `unevaluatedProperties`).
 *
 * A schema that declares `properties` alone gets `additionalProperties: false`. One that is joined from others (`allOf`,
 * `anyOf`, `$ref`, …) gets `unevaluatedProperties: false` where they are joined: closing each branch would refuse what the
 * others declare. Objects that declare nothing stay open.
 */
export function closeSchema(root: JsonObject): JsonObject {
  return closePlace(root, root);
}

function closePlace(root: JsonObject, schema: JsonObject): JsonObject {
  const closed = new Map(closeParts(root, schema));
  if (schema.has('additionalProperties') || schema.has('unevaluatedProperties')) return closed;
  if (inPlace(root, schema, DECLARING).length === 0) {
    return schema.has('properties') || schema.has('patternProperties')
      ? closed.set('additionalProperties', false)
      : closed;
  }
  return declaresMembers(root, schema, new Set()) ? closed.set('unevaluatedProperties', false) : closed;
}

/** Keywords that say which members there may be, or that name the values whole. */
const SAYS_MEMBERS = ['additionalProperties', 'unevaluatedProperties', 'enum', 'const'];

/**
 * The closed form of a whole schema, which says more than that of a part: a root that declares no member takes none,
 * unless it says otherwise. With what it then can never accept, as a note for its author.
 */
export function closeRoot(closed: JsonObject, open: JsonObject): { schema: JsonObject; note: string | undefined } {
  const isSaid = SAYS_MEMBERS.some((keyword) => closed.has(keyword)) || declaresMembers(open, open, new Set());
  if (isSaid || !takesObjects(open)) return { schema: closed, note: undefined };
  const required = open.get('required');
  const names = isJsonArray(required) ? required.filter((name) => typeof name === 'string') : [];
  const nothing =
    names.length === 0 ? '' : `; it requires ${sayNames(names)}, which it does not declare, so it accepts no object`;
  return {
    schema: new Map(closed).set('additionalProperties', false),
    note: `: declares no members, so it is read as an object without members${nothing}`,
  };
}

function takesObjects(schema: JsonObject): boolean {
  const type = schema.get('type') ?? 'object';
  return isJsonArray(type) ? type.includes('object') : type === 'object';
}

/** The parts of a value closed, the value itself not. */
function closeParts(root: JsonObject, schema: JsonObject): JsonObject {
  return new Map([...schema].map(([keyword, value]) => [keyword, closeKeyword(root, keyword, value)]));
}

function closeKeyword(root: JsonObject, keyword: string, value: JsonValue): JsonValue {
  const close = (sub: JsonValue): JsonValue => (isJsonObject(sub) ? closePlace(root, sub) : sub);
  const join = (sub: JsonValue): JsonValue => (isJsonObject(sub) ? closeParts(root, sub) : sub);
  if (INTO_PARTS.has(keyword)) return isJsonArray(value) ? value.map(close) : close(value);
  if (JOINED.has(keyword)) return isJsonArray(value) ? value.map(join) : join(value);
  if (!isJsonObject(value)) return value;
  if (INTO_NAMED_PARTS.has(keyword)) return mapValues(value, close);
  return JOINED_BY_NAME.has(keyword) ? mapValues(value, join) : value;
}

function declaresMembers(root: JsonObject, schema: JsonObject, seen: Set<JsonObject>): boolean {
  if (seen.has(schema)) return false;
  seen.add(schema);
  if (schema.has('properties') || schema.has('patternProperties')) return true;
  return inPlace(root, schema, DECLARING).some((sub) => declaresMembers(root, sub, seen));
}

function mapValues(object: JsonObject, change: (value: JsonValue) => JsonValue): JsonObject {
  return new Map([...object].map(([name, value]) => [name, change(value)]));
}
