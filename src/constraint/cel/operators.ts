import { type CelType, DOUBLE, DURATION, DYN, INT, isNumeric, joinTypes, listOf, STRING, TIMESTAMP } from './type.ts';

/** How operators read in messages. */
export const SYMBOLS: ReadonlyMap<string, string> = new Map([
  ['_+_', '+'],
  ['_-_', '-'],
  ['_*_', '*'],
  ['_/_', '/'],
  ['_%_', '%'],
  ['-_', '-'],
  ['!_', '!'],
  ['_==_', '=='],
  ['_!=_', '!='],
  ['_<_', '<'],
  ['_<=_', '<='],
  ['_>_', '>'],
  ['_>=_', '>='],
  ['@in', 'in'],
]);

/** Operators whose result is of the kind of their operands. */
export const ARITHMETIC: ReadonlySet<string> = new Set(['_+_', '_-_', '_*_', '_/_', '_%_', '-_']);

export const ORDERING: ReadonlySet<string> = new Set(['_<_', '_<=_', '_>_', '_>=_']);

export const EQUALITY: ReadonlySet<string> = new Set(['_==_', '_!=_']);

/** The results of `left operator right` by the kinds of both; numbers never mix, as in CEL. */
const RESULTS: ReadonlyMap<string, CelType> = new Map<string, CelType>([
  ...['_+_', '_-_', '_*_', '_/_', '_%_'].map((operator): [string, CelType] => [`int ${operator} int`, INT]),
  ...['_+_', '_-_', '_*_', '_/_'].map((operator): [string, CelType] => [`double ${operator} double`, DOUBLE]),
  ['string _+_ string', STRING],
  ['timestamp _+_ duration', TIMESTAMP],
  ['duration _+_ timestamp', TIMESTAMP],
  ['duration _+_ duration', DURATION],
  ['timestamp _-_ timestamp', DURATION],
  ['timestamp _-_ duration', TIMESTAMP],
  ['duration _-_ duration', DURATION],
]);

/** The type of an arithmetic expression; `undefined` when the operator does not take such operands. */
export function arithmeticType(operator: string, left: CelType, right: CelType): CelType | undefined {
  if (operator === '_+_' && left.kind === 'list' && right.kind === 'list') {
    return listOf(joinTypes(left.element, right.element), sum(left.maxItems, right.maxItems));
  }
  if (left.kind === 'dyn' || right.kind === 'dyn') return DYN;
  return RESULTS.get(`${left.kind} ${operator} ${right.kind}`);
}

/** The type of `-operand`; `undefined` for what is no number. */
export function negatedType(operand: CelType): CelType | undefined {
  return isNumeric(operand) || operand.kind === 'dyn' ? operand : undefined;
}

/** Whether values of the two types have an order: numbers of any kind, strings, timestamps, durations. */
export function canOrder(left: CelType, right: CelType): boolean {
  if (left.kind === 'dyn' || right.kind === 'dyn') return true;
  if (isNumeric(left) && isNumeric(right)) return true;
  return left.kind === right.kind && ['string', 'timestamp', 'duration'].includes(left.kind);
}

function sum(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a + b;
}
