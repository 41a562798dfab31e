import { type ClassedField, type FieldClass, FieldClasses, type MaskedClass } from '../call/field-classes.ts';
import { stepsOf } from '../kit/json-pointer.ts';
import { isJsonObject, type JsonObject } from '../kit/json.ts';
import { nearest } from '../kit/nearest.ts';
import { pointerTo, secretFields } from './guess-classes.ts';
import { schemaFields } from './schema-fields.ts';

/** Classes as they are written: JSON Pointer into the arguments, `*` for every member or item, → class. */
export type WrittenClasses<C extends FieldClass = FieldClass> = ReadonlyMap<string, C>;

/** A pointer that names no argument, with what it was probably meant to be. */
export interface UnknownField {
  readonly pointer: string;
  readonly suggestion: string | undefined;
}

/**
 * The classes of a pinned tool's arguments: what the operator declared, what the schema and its names tell where he did not, and
 * what rules make stricter.
 */
export function classesOfTool(
  definition: JsonObject,
  written: WrittenClasses = new Map(),
  stricter: readonly ClassedField<MaskedClass>[] = [],
): FieldClasses | undefined {
  const schema = definition.get('inputSchema');
  const told = isJsonObject(schema) ? schemaFields(schema) : { fields: [], open: [[]] };
  const declared = classedFields(written);
  const guessed = secretFields(told).filter(({ path }) => !written.has(pointerTo(path)));
  return FieldClasses.of({ declared: [...declared, ...guessed], stricter, open: told.open });
}

/** Classes as they are written, as fields. */
export function classedFields<C extends FieldClass>(written: WrittenClasses<C>): readonly ClassedField<C>[] {
  return [...written].map(([pointer, each]) => ({ path: stepsOf(pointer), class: each }));
}

/** The written pointers that name nothing in the schema, nor a place where it lets anything be. */
export function unknownFields(definition: JsonObject, pointers: Iterable<string>): readonly UnknownField[] {
  const schema = definition.get('inputSchema');
  if (!isJsonObject(schema)) return [];
  const { fields, open } = schemaFields(schema);
  const known = new Set(fields.map(({ path }) => pointerTo(path)));
  const places = open.map(pointerTo);
  return [...pointers].flatMap((pointer) => {
    if (known.has(pointer) || places.some((place) => pointer.startsWith(`${place}/`))) return [];
    return [{ pointer, suggestion: nearest(pointer, known) }];
  });
}
