import { compileRe2, Re2Error } from '../re2.ts';
import type { LiteralCheck, Parameter, Signature } from './signature.ts';
import { BOOL, type CelType, DOUBLE, DURATION, DYN, INT, STRING, TIMESTAMP } from './type.ts';
import { isTimeZone } from './time-zone.ts';

/** Units for each character that is looked at: Kubernetes counts 0.1. */
const PER_CHARACTER = 0.1;
/** Units for each character of a text that RE2 looks at: about 20 ns. */
const PER_MATCHED_CHARACTER = 0.5;

const pattern: LiteralCheck = { required: true, check: patternProblem };
const timeZone: LiteralCheck = { required: true, check: (text) => (isTimeZone(text) ? undefined : 'is no time zone') };

/**
 * The standard functions of CEL that are let through. Left out: what JSON has no values for (`uint`, `bytes`, `type`), and
 * `timestamp(int)`, which the library reads as milliseconds.
 */
export const STANDARD_SIGNATURES: readonly Signature[] = [
  ...(['string', 'list', 'keyed'] as const).flatMap((parameter) => [
    call('size', [parameter], INT, parameter === 'string' ? [PER_CHARACTER] : []),
    method('size', [parameter], INT, parameter === 'string' ? [PER_CHARACTER] : []),
  ]),
  ...['contains', 'startsWith', 'endsWith'].map((name) =>
    method(name, ['string', 'string'], BOOL, [PER_CHARACTER, PER_CHARACTER]),
  ),
  { ...method('matches', ['string', 'string'], BOOL, [PER_MATCHED_CHARACTER]), literals: new Map([[1, pattern]]) },
  ...(['int', 'double', 'string', 'timestamp', 'duration'] as const).map((parameter) => call('int', [parameter], INT)),
  ...(['int', 'double', 'string'] as const).map((parameter) => call('double', [parameter], DOUBLE)),
  ...(['bool', 'int', 'double', 'string', 'timestamp', 'duration'] as const).map((parameter) =>
    call('string', [parameter], STRING),
  ),
  ...(['string', 'timestamp'] as const).map((parameter) => call('timestamp', [parameter], TIMESTAMP)),
  ...(['string', 'duration'] as const).map((parameter) => call('duration', [parameter], DURATION)),
  call('dyn', ['any'], DYN),
  ...[
    'getFullYear',
    'getMonth',
    'getDate',
    'getDayOfMonth',
    'getDayOfWeek',
    'getDayOfYear',
    'getHours',
    'getMinutes',
    'getSeconds',
    'getMilliseconds',
  ].flatMap((name) => [
    method(name, ['timestamp'], INT),
    { ...method(name, ['timestamp', 'string'], INT), baseCost: 200, literals: new Map([[1, timeZone]]) },
  ]),
  ...['getHours', 'getMinutes', 'getSeconds', 'getMilliseconds'].map((name) => method(name, ['duration'], INT)),
];

function call(
  name: string,
  parameters: readonly Parameter[],
  result: CelType,
  sizeCosts: readonly number[] = [],
): Signature {
  return { name, method: false, parameters, result, baseCost: 5, sizeCosts };
}

function method(
  name: string,
  parameters: readonly Parameter[],
  result: CelType,
  sizeCosts: readonly number[] = [],
): Signature {
  return { name, method: true, parameters, result, baseCost: 5, sizeCosts };
}

function patternProblem(text: string): string | undefined {
  try {
    compileRe2(text);
    return undefined;
  } catch (error) {
    if (error instanceof Re2Error) return `is no RE2 pattern: ${error.message}`;
    throw error;
  }
}
