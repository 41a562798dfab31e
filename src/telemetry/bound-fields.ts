import { boundText } from '../kit/bound-text.ts';

/** What a log line may carry. Names come from the code, never from input; values may be hostile. */
export type LogValue =
  | string
  | number
  | boolean
  | null
  | undefined
  | Error
  | readonly LogValue[]
  | { readonly [name: string]: LogValue };

/** What is left of a value when it has been made fit for a log line. */
export type BoundValue = string | number | boolean | null | undefined | readonly BoundValue[] | BoundFields;
export interface BoundFields {
  readonly [name: string]: BoundValue;
}

const MAX_DEPTH = 3;
const MAX_MEMBERS = 32;
const MAX_STRING = 256;
const MAX_STACK = 2048;

/**
 * A copy of at most three levels, 32 members a level and 256 code units a string, with control and invisible characters
 * written out. Deeper parts become `…`.
 */
export function boundFields(value: LogValue, depth = 0): BoundValue {
  switch (typeof value) {
    case 'string':
      return boundText(value, MAX_STRING);
    case 'object':
      return value === null ? null : boundObject(value, depth);
    case 'bigint':
    case 'symbol':
    case 'function':
      return '…';
    default:
      return value;
  }
}

function boundObject(value: Exclude<LogValue & object, null>, depth: number): BoundValue {
  if (depth >= MAX_DEPTH) return '…';
  if (value instanceof Error) return boundError(value);
  if (isArray(value)) return value.slice(0, MAX_MEMBERS).map((item) => boundFields(item, depth + 1));
  const members = Object.entries(value).slice(0, MAX_MEMBERS);
  return Object.fromEntries(members.map(([name, member]) => [name, boundFields(member, depth + 1)]));
}

function boundError(error: Error): BoundFields {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return {
    type: boundText(error.name, MAX_STRING),
    message: boundText(error.message, MAX_STRING),
    ...(code === undefined ? {} : { code: boundText(code, MAX_STRING) }),
    stack: boundText((error.stack ?? '').replaceAll(/\n\s*/g, ' | '), MAX_STACK),
  };
}

function isArray(value: LogValue & object): value is readonly LogValue[] {
  return Array.isArray(value);
}
