import { PRIORITIES } from '../../src/call/priority.ts';
import { CLIENT_NOTIFICATIONS, HTTP_OPERATIONS, REQUEST_METHODS } from '../../src/call/treatment.ts';
import { REASONS } from '../../src/call/reason.ts';
import { STAGES } from '../../src/decision/verdict.ts';
import { VERSION } from '../../src/version.ts';

/** One time series of the text format: its name and its labels, in one text. */
export interface Series {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
  readonly text: string;
}

/** The series of a `/metrics` text (Prometheus text format). */
export function readSeries(text: string): Series[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const space = line.lastIndexOf(' ');
      const series = line.slice(0, space);
      const labels = [...series.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/g)].map(
        ([, label = '', value = '']) => [label, value] as const,
      );
      return {
        name: series.split('{', 1)[0] ?? '',
        labels: new Map(labels),
        value: Number(line.slice(space + 1)),
        text: series,
      };
    });
}

/** Those that have a budget of label sets. */
const METRICS = [
  'gen_ai_client_token_usage',
  'mcp_client_operation_duration_seconds',
  'mcp_server_operation_duration_seconds',
  'sallyport_agent_cost_total',
  'sallyport_agent_tokens_total',
  'sallyport_cost_total',
  'sallyport_decisions_total',
  'sallyport_tokens_total',
  'sallyport_tool_calls_total',
];
const ERROR_TYPES = [
  'denied',
  'held',
  'fault',
  'upstream_failed',
  'reply_replaced',
  'undelivered',
  'cancelled',
  'tool_error',
  'rpc_error',
  'http_4xx',
  'http_5xx',
];
const METHODS = Object.keys({ ...REQUEST_METHODS, ...CLIENT_NOTIFICATIONS, ...HTTP_OPERATIONS });

/** Series with a label value that a caller may have made: all but configured names and those of closed tables. */
export function foreignLabels(
  series: readonly Series[],
  servers: readonly string[],
  tools: readonly string[] = [],
): string[] {
  const known: Readonly<Record<string, ReadonlySet<string>>> = {
    server: new Set([...servers, '_other', '_invalid']),
    stage: new Set(['none', ...STAGES]),
    reason: new Set(['none', ...Object.keys(REASONS)]),
    verdict: new Set(['allow', 'deny', 'hold', 'fault']),
    kind: new Set([
      'answered',
      'upstream-failed',
      'cancelled',
      'undelivered',
      'replaced',
      'refusal',
      'intent',
      'outcome',
    ]),
    result: new Set(['ok', 'failed', 'signed']),
    priority: new Set(['unknown', ...PRIORITIES]),
    label: new Set(['server']),
    mcp_method_name: new Set(['', '_other', 'unread', ...METHODS]),
    error_type: new Set(['', ...ERROR_TYPES]),
    gen_ai_tool_name: new Set(['', '_other', '_invalid', ...tools]),
    tool: new Set(['', '_other', '_invalid', ...tools]),
    metric: new Set(METRICS),
    state: new Set(['none', 'current', 'behind', 'failing', 'closed', 'open', 'half_open']),
    version: new Set([VERSION]),
  };
  const isForeign = ([label, value]: readonly [string, string]): boolean =>
    label === 'le' ? !/^(\+Inf|[0-9.]+)$/.test(value) : known[label]?.has(value) !== true;
  return series.filter(({ labels }) => [...labels].some(isForeign)).map(({ text }) => text);
}

/** The sum of all series of that name whose labels are so. */
export function sumOf(
  series: readonly Series[],
  name: string,
  matches: (labels: ReadonlyMap<string, string>) => boolean,
): number {
  return series.filter((one) => one.name === name && matches(one.labels)).reduce((sum, { value }) => sum + value, 0);
}
