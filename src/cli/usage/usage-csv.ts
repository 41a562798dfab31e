import type { UsageDimension } from '../../audit/usage/usage-group.ts';
import type { UsageRow } from '../../audit/usage/usage-tally.ts';
import { boundText } from '../../kit/bound-text.ts';

const MAX_TEXT = 2000;
/** What a spreadsheet takes for the begin of a formula. */
const FORMULA = /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]/;

/** The lines of an RFC 4180 table, the first one with the names of the columns. Lists are `name=amount` with semicolons. */
export function usageCsv(rows: readonly UsageRow[], by: readonly UsageDimension[]): readonly string[] {
  const names = [
    ...by,
    'allowed',
    'refused',
    'open',
    'errors',
    'reply_bytes',
    'p50_ms',
    'p95_ms',
    'p99_ms',
    'max_ms',
    'outcomes',
    'refusals',
    'tokens',
    'costs',
    'taken',
  ];
  return [names.join(','), ...rows.map((row) => cells(row, by).map(cell).join(','))];
}

function cells(row: UsageRow, by: readonly UsageDimension[]): readonly (string | number | null | undefined)[] {
  const { duration_ms: ms } = row;
  return [
    ...by.map((dimension) => row.group[dimension]),
    row.allowed,
    row.refused,
    row.open,
    row.errors,
    row.reply_bytes,
    ms?.p50,
    ms?.p95,
    ms?.p99,
    ms?.max,
    row.outcomes.map(({ kind, count }) => `${kind}=${count}`).join(';'),
    row.refusals.map(({ reason, count }) => `${reason}=${count}`).join(';'),
    row.tokens.map(({ type, tokens }) => `${type}=${tokens}`).join(';'),
    row.costs.map(({ rule, cost }) => `${rule}=${cost}`).join(';'),
    row.taken.map(({ limit, cost }) => `${limit}=${cost}`).join(';'),
  ];
}

function cell(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return String(value);
  const text = boundText(value, MAX_TEXT);
  const plain = FORMULA.test(text) ? `'${text}` : text;
  return /[",;\r\n']/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
