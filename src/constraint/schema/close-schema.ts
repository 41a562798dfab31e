import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../../kit/json.ts';
import { sayNames } from '../say.ts';
import type { SchemaNote } from './schema-note.ts';
import { inPlace, walkSchemas } from './subschemas.ts';

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

/** Keywords that say which members there may be, or that name the values whole. */
const SAYS_MEMBERS = ['additionalProperties', 'unevaluatedProperties', 'enum', 'const'];

/**
 * A clean schema made closed: an object takes only members that are declared for it, unless the schema itself says
 * otherwise (`additionalProperties`, `unevaluatedProperties`) or names its values whole (`enum`, `const`).
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
  if (SAYS_MEMBERS.some((keyword) => schema.has(keyword))) return closed;
  if (inPlace(root, schema, DECLARING).length === 0) {
    return schema.has('properties') || schema.has('patternProperties')
      ? closed.set('additionalProperties', false)
      : closed;
  }
  return declaresMembers(root, schema, new Set()) ? closed.set('unevaluatedProperties', false) : closed;
}

/**
 * The closed form of a whole schema, which says more than that of a part: a root that declares no member takes none,
 * unless it says otherwise. With what it then can never accept, as a note for its author.
 */
export function closeRoot(closed: JsonObject, open: JsonObject): { schema: JsonObject; note: SchemaNote | undefined } {
  const isSaid = SAYS_MEMBERS.some((keyword) => closed.has(keyword)) || declaresMembers(open, open, new Set());
  if (isSaid || !takesObjects(open)) return { schema: closed, note: undefined };
  const required = open.get('required');
  const names = isJsonArray(required) ? required.filter((name) => typeof name === 'string') : [];
  const nothing =
    names.length === 0 ? '' : `; it requires ${sayNames(names)}, which it does not declare, so it accepts no object`;
  return {
    schema: new Map(closed).set('additionalProperties', false),
    note: { pointer: '', message: `declares no members, so it is read as an object without members${nothing}` },
  };
}

function takesObjects(schema: JsonObject): boolean {
  const type = schema.get('type') ?? 'object';
  return isJsonArray(type) ? type.includes('object') : type === 'object';
}

/** The parts of a value closed, the value itself not. */
function closeParts(root: JsonObject, schema: JsonObject): JsonObject {
  const joint = jointMembers(root, schema);
  const closed = closeKeywords(root, schema, joint);
  if (joint.size === 0) return closed;
  const own = closed.get('properties');
  const properties = new Map(isJsonObject(own) ? own : []);
  for (const [name, parts] of joint) properties.set(name, closePlace(root, new Map([['allOf', parts]])));
  return new Map(closed).set('properties', properties);
}

/** @param joint Members that are closed elsewhere, with all that is declared for them. */
function closeKeywords(root: JsonObject, schema: JsonObject, joint: JointMembers): JsonObject {
  return new Map([...schema].map(([keyword, value]) => [keyword, closeKeyword(root, keyword, value, joint)]));
}

function closeKeyword(root: JsonObject, keyword: string, value: JsonValue, joint: JointMembers): JsonValue {
  const close = (sub: JsonValue): JsonValue => (isJsonObject(sub) ? closePlace(root, sub) : sub);
  const join = (sub: JsonValue): JsonValue => (isJsonObject(sub) ? closeParts(root, sub) : sub);
  if (INTO_PARTS.has(keyword)) return isJsonArray(value) ? value.map(close) : close(value);
  if (keyword === 'allOf' && isJsonArray(value))
    return value.map((sub) => (isJsonObject(sub) ? closeKeywords(root, sub, joint) : sub));
  if (JOINED.has(keyword)) return isJsonArray(value) ? value.map(join) : join(value);
  if (!isJsonObject(value)) return value;
  if (INTO_NAMED_PARTS.has(keyword))
    return mapValues(value, (sub, name) => (keyword === 'properties' && joint.has(name) ? true : close(sub)));
  return JOINED_BY_NAME.has(keyword) ? mapValues(value, join) : value;
}

/** What `allOf` makes hold together for one member, by its name. */
type JointMembers = ReadonlyMap<string, readonly JsonObject[]>;

/** A reference to a schema that is there to be referred to. */
const PLAIN_REF = /^#(?:\/(?:\$defs|definitions)\/[^/]*)?$/;

/**
 * Members that a schema and those of its `allOf` declare more than once, with members of their own: closed one by one, each
 * declaration would refuse what the others declare.
 *
 * None where some `$ref` leads to another place than a definition: it could lead to a declaration that is closed elsewhere.
 */
function jointMembers(root: JsonObject, schema: JsonObject): JointMembers {
  if (!schema.has('allOf')) return NONE;
  const declared = Map.groupBy(declarations(schema), ([name]) => name);
  const joint = [...declared].flatMap(([name, found]): [string, JsonObject[]][] => {
    const parts = found.map(([, part]) => part).filter(isJsonObject);
    const isJoint =
      parts.length === found.length && parts.filter((part) => declaresMembers(root, part, new Set())).length > 1;
    return isJoint ? [[name, parts]] : [];
  });
  return joint.length > 0 && hasPlainRefs(root) ? new Map(joint) : NONE;
}

const NONE: JointMembers = new Map();

function hasPlainRefs(root: JsonObject): boolean {
  return walkSchemas(root).every(([schema]) => {
    const ref = schema.get('$ref');
    return ref === undefined || (typeof ref === 'string' && PLAIN_REF.test(ref));
  });
}

/** The members that a schema declares by `properties`, itself or through `allOf`. */
function declarations(schema: JsonObject): readonly (readonly [string, JsonValue])[] {
  const own = schema.get('properties');
  const joined = schema.get('allOf');
  return [
    ...(isJsonObject(own) ? own : []),
    ...(isJsonArray(joined) ? joined.filter(isJsonObject).flatMap(declarations) : []),
  ];
}

function declaresMembers(root: JsonObject, schema: JsonObject, seen: Set<JsonObject>): boolean {
  if (seen.has(schema)) return false;
  seen.add(schema);
  if (schema.has('properties') || schema.has('patternProperties')) return true;
  return inPlace(root, schema, DECLARING).some((sub) => declaresMembers(root, sub, seen));
}

function mapValues(object: JsonObject, change: (value: JsonValue, name: string) => JsonValue): JsonObject {
  return new Map([...object].map(([name, value]) => [name, change(value, name)]));
}
