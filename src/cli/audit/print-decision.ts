import type { AuditRecord } from '../../audit/record-shape.ts';
import { boundText } from '../../kit/bound-text.ts';
import { readablePrincipal } from '../readable-principal.ts';
import { printLine } from './print-line.ts';

/** All records of one decision for a person: a line for each, then its members, nested ones indented. */
export function printDecision(records: readonly AuditRecord[]): string {
  const parts = records.map((record) =>
    [printLine(record), ...memberLines(record.data, 1), `    sequence: ${Number(record.sequence)}`].join('\n'),
  );
  const isOpen = records.some(({ type }) => type.includes('.intent.')) && records.length === 1;
  const ending = isOpen
    ? ['', 'No outcome is recorded: the call is in progress, or the service stopped before it ended.']
    : [];
  return [parts.join('\n\n'), ...ending].join('\n');
}

const MAX_DEPTH = 6;

function memberLines(value: unknown, depth: number): string[] {
  const indent = '    '.repeat(depth);
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return [`${indent}${scalar(value)}`];
  return Object.entries(value).flatMap(([name, member]) => {
    // The principal is one text for rules; issuer and subject stand beside it.
    if (name === 'principal' && typeof member === 'string')
      return [`${indent}principal: ${scalar(readablePrincipal(member))}`];
    const shown = `${indent}${boundText(name, 100)}:`;
    const isNested = typeof member === 'object' && member !== null && Object.keys(member).length > 0;
    return isNested && !isPlainList(member)
      ? [shown, ...memberLines(member, depth + 1)]
      : [`${shown} ${scalar(member)}`];
  });
}

function isPlainList(value: object): boolean {
  return Array.isArray(value) && value.every((item) => typeof item !== 'object');
}

function scalar(value: unknown): string {
  if (Array.isArray(value)) return value.map(scalar).join(', ');
  return boundText(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''), 1000);
}
