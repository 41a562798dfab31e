import type { Dialect } from './dialect.ts';

/**
 * What stands behind a keyword.
 *
 * - `schema`, `schemas` (a list), `schema-map` (by name), `items-draft-07` (one or a list), `dependencies` (schemas or names)
 * - `ref`; `pattern`; `pattern-map` (schemas by pattern)
 * - `count` (whole, ≥ 0), `number`, `positive`, `boolean`, `names`, `names-map`, `types`, `values`, `value`
 */
export type KeywordShape =
  | 'schema'
  | 'schemas'
  | 'schema-map'
  | 'items-draft-07'
  | 'dependencies'
  | 'ref'
  | 'pattern'
  | 'pattern-map'
  | 'count'
  | 'number'
  | 'positive'
  | 'boolean'
  | 'names'
  | 'names-map'
  | 'types'
  | 'values'
  | 'value';

/** Keywords that mean the same in both dialects. `definitions` and `$defs` only hold schemas for `$ref`. */
const COMMON: Readonly<Record<string, KeywordShape>> = {
  $ref: 'ref',
  $defs: 'schema-map',
  definitions: 'schema-map',
  type: 'types',
  enum: 'values',
  const: 'value',
  multipleOf: 'positive',
  maximum: 'number',
  exclusiveMaximum: 'number',
  minimum: 'number',
  exclusiveMinimum: 'number',
  maxLength: 'count',
  minLength: 'count',
  pattern: 'pattern',
  maxItems: 'count',
  minItems: 'count',
  uniqueItems: 'boolean',
  contains: 'schema',
  maxProperties: 'count',
  minProperties: 'count',
  required: 'names',
  properties: 'schema-map',
  patternProperties: 'pattern-map',
  additionalProperties: 'schema',
  propertyNames: 'schema',
  allOf: 'schemas',
  anyOf: 'schemas',
  oneOf: 'schemas',
  not: 'schema',
  if: 'schema',
  // oxlint-disable-next-line no-thenable -- the keyword's name; nobody awaits this table
  then: 'schema',
  else: 'schema',
};

const DRAFT_07: Readonly<Record<string, KeywordShape>> = {
  items: 'items-draft-07',
  additionalItems: 'schema',
  dependencies: 'dependencies',
};

const DRAFT_2020: Readonly<Record<string, KeywordShape>> = {
  items: 'schema',
  prefixItems: 'schemas',
  minContains: 'count',
  maxContains: 'count',
  dependentRequired: 'names-map',
  dependentSchemas: 'schema-map',
  unevaluatedProperties: 'schema',
  unevaluatedItems: 'schema',
};

/** The keywords that decide what is valid, by dialect. */
export const KEYWORDS: Readonly<Record<Dialect, ReadonlyMap<string, KeywordShape>>> = {
  'draft-07': new Map(Object.entries({ ...COMMON, ...DRAFT_07 })),
  '2020-12': new Map(Object.entries({ ...COMMON, ...DRAFT_2020 })),
};

/** Known keywords that decide nothing: `$anchor` too, since a `$ref` to one is refused. `format` is an annotation here, as 2020-12 has it by default. */
export const ANNOTATIONS: ReadonlySet<string> = new Set([
  '$schema',
  '$comment',
  '$anchor',
  'title',
  'description',
  'default',
  'examples',
  'deprecated',
  'readOnly',
  'writeOnly',
  'format',
  'contentEncoding',
  'contentMediaType',
  'contentSchema',
  'x-mcp-header',
]);

/** Keywords that would change what others mean, and that are refused. */
export const REFUSED: ReadonlyMap<string, string> = new Map([
  ['$async', 'is not JSON Schema'],
  ['$dynamicRef', 'is not supported: use a $ref to "#/$defs/…"'],
  ['$dynamicAnchor', 'is not supported: use a $ref to "#/$defs/…"'],
  ['$recursiveRef', 'is not supported: use a $ref to "#/$defs/…"'],
  ['$recursiveAnchor', 'is not supported: use a $ref to "#/$defs/…"'],
  ['$vocabulary', 'is not supported'],
]);

/** The formats of 2020-12 §7.3; another one is noted. */
export const FORMATS: ReadonlySet<string> = new Set([
  'date-time',
  'date',
  'time',
  'duration',
  'email',
  'idn-email',
  'hostname',
  'idn-hostname',
  'ipv4',
  'ipv6',
  'uri',
  'uri-reference',
  'iri',
  'iri-reference',
  'uuid',
  'uri-template',
  'json-pointer',
  'relative-json-pointer',
  'regex',
]);
