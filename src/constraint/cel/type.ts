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
  | { readonly kind: 'map'; readonly value: CelType; readonly maxSize?: number }
  | CelObjectType
  /** The type or null. */
  | { readonly kind: 'nullable'; readonly type: CelType };

/** An object whose fields are known by name. */
export interface CelObjectType {
  readonly kind: 'object';
  readonly fields: ReadonlyMap<string, CelField>;
  /** Type of fields that are not named; `undefined` when there can be none (closed). */
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

/** A list of `element`. */
export function listOf(element: CelType, maxItems?: number): CelType {
  return maxItems === undefined ? { kind: 'list', element } : { kind: 'list', element, maxItems };
}

/** A map from strings to `value`. */
export function mapOf(value: CelType): CelType {
  return { kind: 'map', value };
}

/** A closed object; a name that ends in `?` is an optional field. */
export function objectOf(fields: Readonly<Record<string, CelType>>): CelObjectType {
  const entries = Object.entries(fields).map(([name, type]): [string, CelField] =>
    name.endsWith('?') ? [name.slice(0, -1), { type, required: false }] : [name, { type, required: true }],
  );
  return { kind: 'object', fields: new Map(entries) };
}
