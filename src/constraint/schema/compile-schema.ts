import { canonicalJson } from '../../kit/canonical-json.ts';
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue, toPlain } from '../../kit/json.ts';
import { CannotTellError, tooLarge } from '../cannot-tell.ts';
import { pointerOf } from '../pointer.ts';
import { Work } from '../work.ts';
import type { Violation } from '../violation.ts';
import { compileWithAjv, type PlainValidator } from './ajv-engine.ts';
import { checkReferences } from './check-references.ts';
import { type CleanSchema, cleanSchema } from './clean-schema.ts';
import { closeRoot, closeSchema } from './close-schema.ts';
import { dialectOf } from './dialect.ts';
import { SchemaError } from './schema-error.ts';
import type { SchemaNote } from './schema-note.ts';
import { spendOnReading } from './spend-on-reading.ts';
import { sayErrors } from './say-error.ts';
import { walkSchemas } from './subschemas.ts';

export { SchemaError } from './schema-error.ts';
export type { SchemaNote } from './schema-note.ts';

export interface SchemaOptions {
  /** Objects take only declared members, at every depth (`close-schema.ts`). Default: as the schema says. */
  readonly closed?: boolean;
  /** RE2 patterns to use in place of patterns that RE2 cannot compile, by their text. */
  readonly patterns?: ReadonlyMap<string, string>;
}

export interface SchemaValidator {
  /** What is wrong with `value`, or `undefined` when it is valid. Total: a value that cannot be judged is not valid. */
  validate(value: JsonValue): Violation | undefined;
  /** As `validate()`, but says when it cannot tell. @throws CannotTellError when judging would take too much work. */
  check(value: JsonValue): Violation | undefined;
  /** What the author of the schema should know. */
  readonly notes: readonly SchemaNote[];
}

/** Largest schema, in characters of its JSON text. */
const MAX_SCHEMA_LENGTH = 256 * 1024;

/**
 * Compiles a JSON Schema: draft-07 or 2020-12 as its `$schema` says, 2020-12 without one.
 *
 * Patterns run on RE2. `format` and unknown keywords are annotations. `$ref` stays inside the schema. The schema may come from
 * a hostile server: its size, depth, references and patterns are bounded, and compiling takes at most about a second
 * (a tool of the usual kind: under 1 ms, and 15 KB kept).
 *
 * @throws SchemaError
 */
export function compileSchema(schema: JsonObject, options: SchemaOptions = {}): SchemaValidator {
  if (canonicalJson(schema).length > MAX_SCHEMA_LENGTH) {
    throw new SchemaError('', `is longer than ${MAX_SCHEMA_LENGTH} characters`);
  }
  const clean = cleanSchema(schema, dialectOf(schema), options.patterns);
  checkReferences(clean.schema);
  const { schemas, notes } =
    options.closed === true ? closeFully(clean.schema) : { schemas: [clean.schema], notes: [] };
  const validators = schemas.map((each) => compileEach(each, clean));
  const refuseInherited = inheritedNames(schemas);
  const check = (value: JsonValue): Violation | undefined => checkAll(value, validators, refuseInherited);
  return { notes: [...clean.notes, ...notes], check, validate: (value) => validateBy(check, value) };
}

/** The closed schema, and the open one too where closing a branch could make the whole accept more (`oneOf`, `not`). */
function closeFully(open: JsonObject): { schemas: JsonObject[]; notes: SchemaNote[] } {
  const { schema, note } = closeRoot(closeSchema(open), open);
  const isMonotone = ![...walkSchemas(open)].some(([sub]) =>
    ['oneOf', 'not', 'if', 'contains'].some((key) => sub.has(key)),
  );
  return { schemas: isMonotone ? [schema] : [schema, open], notes: note === undefined ? [] : [note] };
}

function compileEach(schema: JsonObject, { dialect, patterns }: CleanSchema): PlainValidator {
  try {
    return compileWithAjv(schema, dialect, patterns);
  } catch (error) {
    throw new SchemaError('', `cannot be compiled: ${error instanceof Error ? error.message : 'unknown error'}`);
  }
}

/** A value that cannot be judged within bounds is not valid. */
function validateBy(check: SchemaValidator['check'], value: JsonValue): Violation | undefined {
  try {
    return check(value);
  } catch (error) {
    if (!(error instanceof CannotTellError)) throw error;
    return tooLarge(error);
  }
}

function checkAll(
  value: JsonValue,
  validators: readonly PlainValidator[],
  refused: ReadonlySet<string>,
): Violation | undefined {
  const work = new Work();
  spendOnReading(value, work);
  const inherited = refused.size === 0 ? undefined : findMember(value, refused, '');
  if (inherited !== undefined) return { pointer: inherited, message: 'is not declared', allowed: 'no such member' };
  const plain = toPlain(value);
  for (const validator of validators) {
    const errors = validator(plain, work);
    if (errors !== undefined) return sayErrors(errors);
  }
  return undefined;
}

/**
 * Member names that every JavaScript object inherits, when the schema uses `unevaluatedProperties`: ajv keeps the names it
 * has evaluated in an object with a prototype, so it takes `constructor` for evaluated. They are refused before it is asked.
 *
 * @throws SchemaError when the schema declares such a member.
 */
function inheritedNames(schemas: readonly JsonObject[]): ReadonlySet<string> {
  const all = schemas.flatMap((schema) => [...walkSchemas(schema)]);
  if (!all.some(([schema]) => schema.has('unevaluatedProperties'))) return new Set();
  const names = new Set(Object.getOwnPropertyNames(Object.prototype));
  for (const [schema, at] of all) {
    const properties = schema.get('properties');
    const clash = isJsonObject(properties) ? [...properties.keys()].find((name) => names.has(name)) : undefined;
    if (clash === undefined) continue;
    throw new SchemaError(`${at}/properties${pointerOf(clash)}`, 'cannot be declared beside unevaluatedProperties');
  }
  return names;
}

/** The place of the first member that has one of `names`, at any depth. */
function findMember(value: JsonValue, names: ReadonlySet<string>, at: string): string | undefined {
  if (!isJsonObject(value) && !isJsonArray(value)) return undefined;
  for (const [name, member] of value.entries()) {
    const place = at + pointerOf(name);
    const found = typeof name === 'string' && names.has(name) ? place : findMember(member, names, place);
    if (found !== undefined) return found;
  }
  return undefined;
}
