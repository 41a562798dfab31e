import type { UsageDimension } from '../../audit/usage/usage-group.ts';
import type { UsageRow } from '../../audit/usage/usage-tally.ts';
import { boundText } from '../../kit/bound-text.ts';
import { readablePrincipal } from '../readable-principal.ts';

const MAX_TEXT = 80;
/** How many of a list a line has room for. */
const MAX_LISTED = 5;

/** The lines of a table for a person. */
export function usageTable(rows: readonly UsageRow[], by: readonly UsageDimension[]): readonly string[] {
  if (rows.length === 0) return ['no calls are recorded in that time'];
  const head = [
    ...by,
    'allowed',
    'refused',
    'open',
    'errors',
    'p50 ms',
    'p95 ms',
    'p99 ms',
    'tokens',
    'costs',
    'why refused',
  ];
  const table = [head, ...rows.map((row) => cells(row, by))];
  const widths = head.map((_name, column) => Math.max(...table.map((line) => line[column]?.length ?? 0)));
  return table.map((line) =>
    line
      .map((text, column) =>
        column < by.length ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}

function cells(row: UsageRow, by: readonly UsageDimension[]): readonly string[] {
  const { duration_ms: ms } = row;
  return [
    ...by.map((dimension) => boundText(readablePrincipal(row.group[dimension] ?? '-'), MAX_TEXT)),
    ...[row.allowed, row.refused, row.open, row.errors].map(String),
    ...[ms?.p50, ms?.p95, ms?.p99].map((value) => (value === undefined ? '-' : String(value))),
    listed(row.tokens.map(({ type, tokens }) => `${type} ${tokens}`)),
    listed(row.costs.map(({ rule, cost }) => `${rule} ${cost}`)),
    listed(row.refusals.map(({ reason, count }) => `${reason} ${count}`)),
  ];
}

function listed(texts: readonly string[]): string {
  if (texts.length === 0) return '-';
  const shown = texts.slice(0, MAX_LISTED).map((text) => boundText(text, MAX_TEXT));
  return [...shown, ...(texts.length > MAX_LISTED ? [`and ${texts.length - MAX_LISTED} more`] : [])].join(', ');
}
