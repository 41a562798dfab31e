import type { ErrorObject } from 'ajv/dist/types/index.js';
import { fromPlain, isJsonArray, type JsonValue } from '../../kit/json.ts';
import { nearest } from '../../kit/nearest.ts';
import { clipPointer, pointerOf } from '../pointer.ts';
import { sayList, sayNames, sayValue } from '../say.ts';
import type { Violation } from '../violation.ts';

/**
 * The library's errors as one violation in words. The decisive error is the last one; for a choice between alternatives, an
 * error deeper in the value says more.
 */
export function sayErrors(errors: readonly ErrorObject[]): Violation {
  const last = errors.at(-1);
  if (last === undefined) return { pointer: '', message: 'is not valid', allowed: 'a value that the schema accepts' };
  if (last.keyword !== 'anyOf' && last.keyword !== 'oneOf') return sayError(last);
  const deeper = errors.findLast((error) => error.instancePath.length > last.instancePath.length);
  if (deeper !== undefined) return sayError(deeper);
  const alternatives = errors.slice(0, -1).map(sayAlternative);
  const words = [...new Set(alternatives)].slice(0, 4).join('; or ');
  const allowed = words === '' ? 'exactly one of the alternatives in the schema' : words;
  return { pointer: clipPointer(last.instancePath), message: `must be ${allowed}`, allowed };
}

function sayAlternative(error: ErrorObject): string {
  const { allowed } = sayError(error);
  const missing: unknown = (error.params as Record<string, unknown>)['missingProperty'];
  return typeof missing === 'string' ? `an object with ${sayNames([missing])}` : allowed;
}

function sayError(error: ErrorObject): Violation {
  const params: Record<string, unknown> = error.params;
  const at = (name: unknown): string => clipPointer(error.instancePath + pointerOf(String(name)));
  switch (error.keyword) {
    case 'required':
    case 'dependentRequired':
    case 'dependencies':
      return { pointer: at(params['missingProperty']), message: 'must be given', allowed: 'a value: it is required' };
    case 'additionalProperties':
      return sayUndeclared(at(params['additionalProperty']), params['additionalProperty'], error);
    case 'unevaluatedProperties':
      return sayUndeclared(at(params['unevaluatedProperty']), params['unevaluatedProperty'], error);
    case 'propertyNames':
      return { pointer: at(params['propertyName']), message: 'is not an allowed name', allowed: 'another name' };
    default: {
      const allowed = sayAllowed(error.keyword, schemaOf(error));
      return { pointer: clipPointer(error.instancePath), message: `must be ${allowed}`, allowed };
    }
  }
}

function sayUndeclared(pointer: string, name: unknown, error: ErrorObject): Violation {
  const known = Object.keys((error.parentSchema?.['properties'] as object | undefined) ?? {});
  const meant = typeof name === 'string' && name.length <= 64 ? nearest(name, known) : undefined;
  const hint = meant === undefined ? '' : `; did you mean ${JSON.stringify(meant)}?`;
  const allowed = known.length === 0 ? 'no such member' : `only the members ${sayNames(known)}`;
  return { pointer, message: `is not declared${hint}`, allowed };
}

/** The keyword's own value, as the schema has it. */
function schemaOf(error: ErrorObject): JsonValue {
  try {
    return fromPlain(error.schema);
  } catch {
    return null;
  }
}

/** What one keyword accepts, as a phrase after "must be". */
function sayAllowed(keyword: string, value: JsonValue): string {
  switch (keyword) {
    case 'type':
      return `of type ${sayList(isJsonArray(value) ? value : [value]).replaceAll('"', '')}`;
    case 'enum':
      return `one of ${sayList(isJsonArray(value) ? value : [value])}`;
    case 'const':
      return sayValue(value);
    case 'pattern':
      return `a string that matches ${sayValue(value)}`;
    default:
      return BOUNDS[keyword]?.(sayValue(value)) ?? `a value that the keyword ${keyword} of the schema accepts`;
  }
}

const BOUNDS: Readonly<Record<string, (limit: string) => string>> = {
  minimum: (limit) => `at least ${limit}`,
  maximum: (limit) => `at most ${limit}`,
  exclusiveMinimum: (limit) => `greater than ${limit}`,
  exclusiveMaximum: (limit) => `less than ${limit}`,
  multipleOf: (limit) => `a multiple of ${limit}`,
  minLength: (limit) => `a string of at least ${limit} characters`,
  maxLength: (limit) => `a string of at most ${limit} characters`,
  minItems: (limit) => `an array of at least ${limit} items`,
  maxItems: (limit) => `an array of at most ${limit} items`,
  minProperties: (limit) => `an object of at least ${limit} members`,
  maxProperties: (limit) => `an object of at most ${limit} members`,
  uniqueItems: () => 'an array of items that differ from each other',
  contains: () => 'an array that contains what the schema asks for',
};
