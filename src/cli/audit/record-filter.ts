import type { Command } from 'commander';
import { type IndexField, indexTerm } from '../../audit/index/index-terms.ts';
import type { IndexQuery } from '../../audit/index/read-indexed.ts';
import { type AuditRecord, RECORD_TYPES } from '../../audit/record-shape.ts';
import { CommandError } from '../command-error.ts';

/** Which records are wanted; one that is absent lets all pass. */
export interface FilterFlags {
  readonly since?: string;
  readonly until?: string;
  readonly kind?: string;
  readonly server?: string;
  readonly tool?: string;
  readonly caller?: string;
  readonly reason?: string;
  readonly rule?: string;
}

/** The options by which a command is told which records are wanted. All of them must fit. */
export function withFilter(command: Command): Command {
  return command
    .option('--since <time>', 'recorded at or after that time: RFC 3339, or how long ago, such as 90m, 12h, 7d')
    .option('--until <time>', 'recorded before that time')
    .option('--kind <kind>', `what it is: ${Object.keys(RECORD_TYPES).join(', ')}`)
    .option('--server <name>', 'of that server')
    .option('--tool <name>', 'of that tool, prompt or resource')
    .option('--caller <text>', 'issuer, subject, actor, SPIFFE id or principal is that')
    .option('--reason <code>', 'refused for that reason')
    .option('--rule <id>', 'that rule had a say');
}

type Data = Readonly<Record<string, unknown>>;

/** The question to the index that finds all wanted records, and others. @throws CommandError when an option makes no sense. */
export function indexQuery(flags: FilterFlags, nowMs: number): IndexQuery {
  const { server, tool, caller, reason, rule } = flags;
  const named: Partial<Record<IndexField, string | undefined>> = {
    type: typeOf(flags.kind),
    server,
    tool,
    caller,
    reason,
    rule,
  };
  const fields = ['type', 'server', 'tool', 'caller', 'reason', 'rule'] as const;
  return {
    terms: fields.flatMap((field) => (named[field] === undefined ? [] : [indexTerm(field, named[field])])),
    since: flags.since === undefined ? undefined : timeOf('--since', flags.since, nowMs),
    until: flags.until === undefined ? undefined : timeOf('--until', flags.until, nowMs),
  };
}

/** Whether a record is wanted. @throws CommandError when an option makes no sense. */
export function recordFilter(flags: FilterFlags, nowMs: number): (record: AuditRecord) => boolean {
  const since = flags.since === undefined ? undefined : timeOf('--since', flags.since, nowMs);
  const until = flags.until === undefined ? undefined : timeOf('--until', flags.until, nowMs);
  const type = typeOf(flags.kind);
  return ({ data, time, type: own }) => {
    if ((since !== undefined && time < since) || (until !== undefined && time >= until)) return false;
    if (type !== undefined && own !== type) return false;
    return fits(members(data), flags);
  };
}

function fits(data: Data, { server, tool, caller, reason, rule }: FilterFlags): boolean {
  const isCaller = (): boolean => Object.values(members(data['caller'])).includes(caller);
  const isRule = (): boolean => data['rule'] === rule || (Array.isArray(data['rules']) && data['rules'].includes(rule));
  return (
    (server === undefined || data['server'] === server) &&
    (tool === undefined || members(data['target'])['name'] === tool) &&
    (reason === undefined || data['reason'] === reason) &&
    (caller === undefined || isCaller()) &&
    (rule === undefined || isRule())
  );
}

function typeOf(kind: string | undefined): string | undefined {
  if (kind === undefined) return undefined;
  const type = Object.entries(RECORD_TYPES).find(([name]) => name === kind)?.[1];
  if (type !== undefined) return type;
  throw new CommandError(`--kind must be one of ${Object.keys(RECORD_TYPES).join(', ')}.`);
}

const UNITS_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The time as records have it, so that text order is time order. @throws CommandError */
export function timeOf(option: string, text: string, nowMs: number): string {
  const [, count, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const time = count === undefined ? Date.parse(text) : nowMs - Number(count) * (UNITS_MS[unit] ?? 0);
  if (!Number.isNaN(time)) return new Date(time).toISOString();
  throw new CommandError(`${option} must be a time such as 2026-11-25T08:00:00Z, or how long ago, such as 12h.`);
}

function members(value: unknown): Data {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
