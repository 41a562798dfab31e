import type { AuditRecord } from '../../audit/record-shape.ts';
import { boundText } from '../../kit/bound-text.ts';
import { printLine } from '../audit/print-line.ts';
import type { JsonLine } from './json-lines.ts';
import type { TracedLine } from './traced-line.ts';

const MAX_TEXT = 300;
const MAX_NAME = 100;
/** What every line of the log has, or what is shown elsewhere. */
const NOT_SHOWN: ReadonlySet<string> = new Set([
  'decision_id',
  'level',
  'msg',
  'service',
  'span_id',
  'time',
  'trace_flags',
  'trace_id',
]);

/** A record as one line. */
export function recordLine(record: AuditRecord): TracedLine {
  return { atMs: Date.parse(record.time), from: 'record', text: printLine(record).slice(record.time.length).trim() };
}

/** A line of our log; `undefined` when it is not about this call. */
export function logLine(line: JsonLine, decisionId: string): TracedLine | undefined {
  if (line['decision_id'] !== decisionId || typeof line['msg'] !== 'string') return undefined;
  const fields = Object.entries(line).filter(([name]) => !NOT_SHOWN.has(name));
  return {
    atMs: timeOf(line['time']),
    from: 'log',
    text: shown([text(line['level']), text(line['msg']), ...fields.map(member)]),
  };
}

/** An entry of Envoy's own access log, as the rendered file writes it; `undefined` when it is not about this call. */
export function envoyLine(line: JsonLine, decisionId: string): TracedLine | undefined {
  if (line['decision_id'] !== decisionId || 'msg' in line) return undefined;
  const fields = Object.entries(line).filter(([name, value]) => !NOT_SHOWN.has(name) && value !== null);
  return { atMs: timeOf(line['time']), from: 'envoy', text: shown(fields.map(member)) };
}

function timeOf(value: unknown): number {
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(ms) ? 0 : ms;
}

/** Names come from files that others may write to, as values do. */
function member([name, value]: readonly [name: string, value: unknown]): string {
  return `${boundText(name, MAX_NAME)}=${text(value)}`;
}

function text(value: unknown): string {
  if (value === undefined) return '';
  return boundText(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''), MAX_TEXT);
}

function shown(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('  ');
}
