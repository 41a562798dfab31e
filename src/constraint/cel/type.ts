/**
 * Static types of CEL expressions, as the checker knows them from JSON Schemas and declarations.
 *
 * @module
 */

export type CelType =
  | { readonly kind: 'dyn' | 'bool' | 'int' | 'double' | 'null' | 'timestamp' | 'duration' }
  /** `maxLength` in code points, when a schema bounds it. */
  | { readonly kind: 'string'; readonly maxLength?: number }
  | { readonly kind: 'list'; readonly element: CelType; readonly maxItems?: number }
  /** A map with string keys. */
  | { readonly kind: 'map'; readonly value: CelType; readonly maxItems?: number }
  | CelObjectType
  /** The type or null. */
  | { readonly kind: 'nullable'; readonly type: CelType };

/** An object whose fields are known by name. */
export interface CelObjectType {
  readonly kind: 'object';
  readonly fields: ReadonlyMap<string, CelField>;
  /** Type of fields that are not named; absent when there can be none (closed). */
  readonly rest?: CelType;
}

export interface CelField {
  readonly type: CelType;
  /** A field that can be absent must be guarded by `has()`. */
  readonly required: boolean;
}

export const DYN: CelType = { kind: 'dyn' };
export const BOOL: CelType = { kind: 'bool' };
export const INT: CelType = { kind: 'int' };
export const DOUBLE: CelType = { kind: 'double' };
export const NULL: CelType = { kind: 'null' };
export const STRING: CelType = { kind: 'string' };
export const TIMESTAMP: CelType = { kind: 'timestamp' };
export const DURATION: CelType = { kind: 'duration' };

/** A string of at most `maxLength` code points. */
export function stringOf(maxLength: number | undefined): CelType {
  return maxLength === undefined ? STRING : { kind: 'string', maxLength };
}

/** A list of `element`. */
export function listOf(element: CelType, maxItems?: number): CelType {
  return maxItems === undefined ? { kind: 'list', element } : { kind: 'list', element, maxItems };
}

/** A map from strings to `value`. */
export function mapOf(value: CelType): CelType {
  return { kind: 'map', value };
}

/** A closed object; a name that ends in `?` is a field that can be absent. */
export function objectOf(fields: Readonly<Record<string, CelType>>): CelObjectType {
  const entries = Object.entries(fields).map(([name, type]): [string, CelField] =>
    name.endsWith('?') ? [name.slice(0, -1), { type, required: false }] : [name, { type, required: true }],
  );
  return { kind: 'object', fields: new Map(entries) };
}

/** The type or null; dyn and null already include it. */
export function nullable(type: CelType): CelType {
  return type.kind === 'dyn' || type.kind === 'null' || type.kind === 'nullable' ? type : { kind: 'nullable', type };
}

/** The type as authors know it: `list(string)`. */
export function sayType(type: CelType): string {
  switch (type.kind) {
    case 'list':
      return `list(${sayType(type.element)})`;
    case 'map':
      return `map(string, ${sayType(type.value)})`;
    case 'nullable':
      return `${sayType(type.type)} or null`;
    default:
      return type.kind;
  }
}

/** The one type that values of both types have: with differences, dyn. */
export function joinTypes(a: CelType, b: CelType): CelType {
  if (a.kind === 'null') return nullable(b);
  if (b.kind === 'null') return nullable(a);
  if (a.kind === 'nullable' || b.kind === 'nullable') return nullable(joinTypes(withoutNull(a), withoutNull(b)));
  if (a.kind === 'list' && b.kind === 'list')
    return listOf(joinTypes(a.element, b.element), larger(a.maxItems, b.maxItems));
  if (a.kind === 'string' && b.kind === 'string') return stringOf(larger(a.maxLength, b.maxLength));
  if (a.kind === 'map' && b.kind === 'map') return mapOf(joinTypes(a.value, b.value));
  if (a.kind === 'object' || b.kind === 'object') return a === b ? a : DYN;
  return a.kind === b.kind ? a : DYN;
}

/** The type when it is known not to be null. */
export function withoutNull(type: CelType): CelType {
  return type.kind === 'nullable' ? type.type : type;
}

/** Whether values of the two types can be equal; where they cannot, `==` is always false. */
export function canEqual(a: CelType, b: CelType): boolean {
  if (a.kind === 'dyn' || b.kind === 'dyn') return true;
  if (a.kind === 'nullable') return b.kind === 'null' || canEqual(a.type, b);
  if (b.kind === 'nullable') return a.kind === 'null' || canEqual(a, b.type);
  if (isNumeric(a) && isNumeric(b)) return true;
  if (a.kind === 'list' && b.kind === 'list') return canEqual(a.element, b.element);
  return isMapLike(a) && isMapLike(b) ? true : a.kind === b.kind;
}

/** Whether values of the type are numbers: CEL compares `int` and `double` by value. */
export function isNumeric(type: CelType): boolean {
  return type.kind === 'int' || type.kind === 'double';
}

/** Whether values of the type are maps to CEL: one with any keys, or one with known fields. */
export function isMapLike(type: CelType): boolean {
  return type.kind === 'map' || type.kind === 'object';
}

function larger(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : Math.max(a, b);
}
