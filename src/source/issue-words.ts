import type { z } from 'zod';
import { nearest } from '../kit/nearest.ts';

const KINDS: ReadonlyMap<string, string> = new Map([
  ['string', 'a text'],
  ['number', 'a number'],
  ['int', 'a whole number'],
  ['boolean', 'true or false'],
  ['array', 'a list'],
  ['object', 'a section with fields'],
  ['record', 'a section with names'],
  ['null', 'nothing'],
  ['undefined', 'missing'],
]);

/**
 * What an issue of a schema says, as a sentence for an operator: that something is missing, of the wrong kind, or none of the
 * words that may be written. `value` is what is there. Messages that a schema has itself stay as they are.
 */
export function issueWords(issue: z.core.$ZodIssue, value: unknown): string {
  if (issue.code === 'invalid_value' && issue.message.startsWith('Invalid')) return choiceWords(issue.values, value);
  const [, expected, received] = /^Invalid input: expected (\w+), received (\w+)$/.exec(issue.message) ?? [];
  const kind = KINDS.get(expected ?? '');
  if (kind === undefined || received === undefined) return sentence(issue.message);
  if (received === 'undefined') return `is missing: it must be ${kind}.`;
  return `must be ${kind}, and is ${KINDS.get(received) ?? received}.`;
}

function choiceWords(values: readonly unknown[], value: unknown): string {
  const known = values.map(String);
  if (value === undefined) return `is missing: it must be ${listed(known)}.`;
  const meant = typeof value === 'string' ? nearest(value, known) : undefined;
  return `must be ${listed(known)}.${meant === undefined ? '' : ` Did you mean ${JSON.stringify(meant)}?`}`;
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

function sentence(text: string): string {
  return /[.?!]$/.test(text) ? text : `${text}.`;
}
