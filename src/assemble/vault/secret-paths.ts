import { type JsonObject, isJsonArray, isJsonObject, type JsonValue } from '../../kit/json.ts';
import type { OmittedPath } from '../../vault/omit-values.ts';

/** How deep a schema is looked into, and at how many of its parts: one can refer to itself. */
const MAX_DEPTH = 16;
const MAX_PARTS = 5000;
const COMBINED = ['allOf', 'anyOf', 'oneOf'] as const;
const EVERYTHING: readonly OmittedPath[] = [[]];

/**
 * Where a tool's `inputSchema` says that a value is not to be shown again: `writeOnly: true` (JSON Schema validation, §9.4) or
 * `format: password`. `*` stands for any name or index. What is deeper than can be looked is taken for such a value.
 */
export function secretPaths(definition: JsonObject): readonly OmittedPath[] {
  const schema = definition.get('inputSchema');
  if (!isJsonObject(schema)) return [];
  let parts = 0;
  const pathsIn = (part: JsonValue | undefined, depth: number): readonly OmittedPath[] => {
    if (!isJsonObject(part)) return [];
    parts += 1;
    if (depth > MAX_DEPTH || parts > MAX_PARTS || isSecret(part)) return EVERYTHING;
    return partsOf(part, schema).flatMap(([step, below]) =>
      pathsIn(below, depth + 1).map((path) => (step === undefined ? path : [step, ...path])),
    );
  };
  const paths = pathsIn(schema, 0);
  return parts > MAX_PARTS ? EVERYTHING : paths;
}

function isSecret(part: JsonObject): boolean {
  return part.get('writeOnly') === true || part.get('format') === 'password';
}

/** The parts of a schema, each with the step from the value to what the part is about; none where it is about the same value. */
function partsOf(
  part: JsonObject,
  root: JsonObject,
): readonly (readonly [string | undefined, JsonValue | undefined])[] {
  const about = (step: string | undefined, names: readonly string[]) =>
    names.map((name) => [step, part.get(name)] as const);
  return [
    ...entriesOf(part.get('properties')),
    ...entriesOf(part.get('patternProperties')).map(([, below]) => ['*', below] as const),
    ...[...itemsOf(part.get('prefixItems')), ...itemsOf(part.get('items'))].map(
      (below, index) => [`${index}`, below] as const,
    ),
    ...about('*', [
      'additionalProperties',
      'unevaluatedProperties',
      'items',
      'additionalItems',
      'unevaluatedItems',
      'contains',
    ]),
    ...COMBINED.flatMap((name) => itemsOf(part.get(name)).map((below) => [undefined, below] as const)),
    ...about(undefined, ['if', 'then', 'else']),
    ...entriesOf(part.get('dependentSchemas')).map(([, below]) => [undefined, below] as const),
    [undefined, referredTo(part.get('$ref'), root)],
  ];
}

/** Pins allow references into the schema itself only. */
function referredTo(reference: JsonValue | undefined, root: JsonObject): JsonValue | undefined {
  if (typeof reference !== 'string' || !reference.startsWith('#')) return undefined;
  let place: JsonValue | undefined = root;
  for (const step of reference.slice(1).split('/').slice(1)) {
    const name = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
    place = isJsonObject(place) ? place.get(name) : isJsonArray(place) ? place[Number(name)] : undefined;
  }
  return place;
}

function entriesOf(value: JsonValue | undefined): readonly (readonly [string, JsonValue])[] {
  return isJsonObject(value) ? [...value] : [];
}

function itemsOf(value: JsonValue | undefined): readonly JsonValue[] {
  return isJsonArray(value) ? value : [];
}
