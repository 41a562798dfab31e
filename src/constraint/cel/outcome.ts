import { type CelResult, celError, isCelError, isCelList, isCelMap } from '@bufbuild/cel';
import type { JsonValue } from '../../kit/json.ts';

/** What an expression came to. */
export type CelOutcome =
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'value'; readonly value: JsonValue }
  /** It depends on a variable that is unknown, and nothing else stands in the way. */
  | { readonly kind: 'unknown' }
  /** `message` can hold what the caller sent: for the record, never for an answer. At most 200 characters. */
  | { readonly kind: 'error'; readonly message: string };

/** No message of the library or of ours starts with NUL, and no text of a caller stands at the start of one. */
const UNKNOWN_MESSAGE = '\u0000unknown';
const MAX_MESSAGE_LENGTH = 200;

/**
 * What stands for the value of an unknown variable: an error, which the library hands on from whatever reads it. (A variable
 * that is not bound at all would make `has(args.x)` false instead of unknown.)
 */
export const UNKNOWN = celError(UNKNOWN_MESSAGE);

/** The library's result as an outcome. A condition that is not bool is an error. */
export function outcomeOf(result: CelResult, isCondition: boolean): CelOutcome {
  if (typeof result === 'boolean') return { kind: 'bool', value: result };
  if (isCelError(result)) return isUnknown(result) ? { kind: 'unknown' } : errorOf(result.message);
  if (isCondition) return errorOf('the condition is not bool');
  const value = jsonOf(result);
  return value === undefined ? errorOf('the result is not JSON') : { kind: 'value', value };
}

function errorOf(message: string): CelOutcome {
  return { kind: 'error', message: message.slice(0, MAX_MESSAGE_LENGTH) };
}

/** Whether nothing but unknown variables is behind an error; the library keeps merged errors in `cause`. */
function isUnknown(error: unknown): boolean {
  if (!isCelError(error) || error.message !== UNKNOWN_MESSAGE) return false;
  return error.cause === undefined || (Array.isArray(error.cause) && error.cause.every(isUnknown));
}

/** The JSON value; `undefined` for what JSON cannot hold. */
function jsonOf(value: unknown): JsonValue | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : undefined;
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (isCelList(value)) return allOf([...value].map(jsonOf));
  if (!isCelMap(value)) return undefined;
  const keys = [...value.keys()];
  const members = allOf(keys.map((key) => jsonOf(value.get(key))));
  return members === undefined || !keys.every((key) => typeof key === 'string')
    ? undefined
    : new Map(keys.map((key, index) => [key, members[index] ?? null]));
}

function allOf(values: readonly (JsonValue | undefined)[]): readonly JsonValue[] | undefined {
  return values.every((value) => value !== undefined) ? values : undefined;
}
