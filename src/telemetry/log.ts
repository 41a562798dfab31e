import { type DestinationStream, pino } from 'pino';
import type { TraceIds } from '../decision/call-traces.ts';
import { type Clock, systemClock } from '../kit/clock.ts';
import { boundFields, type LogValue } from './bound-fields.ts';
import type { TelemetryConfig } from './config.ts';
import { createLineWriter } from './line-writer.ts';
import { LogBudget } from './log-budget.ts';
import { type LoggerName, type LogLevel, LogLevels } from './log-levels.ts';

/** Fields of a line by name. `decision_id` joins a line with its records. */
export type LogFields = { readonly [name: string]: LogValue };

/** The operator's log. `message` is a constant text; whatever varies goes into fields. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** The whole log, of which parts have a level of their own. */
export interface NamedLog extends Log {
  named(name: LoggerName): Log;
  readonly levels: LogLevels;
}

export interface LogOptions {
  readonly config: TelemetryConfig;
  /** service.version. */
  readonly version: string;
  /** Where lines go. Default: standard output, without waiting for it. */
  readonly output?: DestinationStream;
  readonly clock?: Clock;
  /** Most lines of one message a second. */
  readonly linesPerSecond?: number;
  /** By what a line with that `decision_id` is joined with the span of its call, while the call runs. */
  readonly traceOf?: (decisionId: string) => TraceIds | undefined;
}

/** Most bytes that wait for standard output; further lines are dropped, never the calls. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;
/** Time for what waits to be read when the process ends. */
const FLUSH_MS = 200;
const RESERVED = new Set([
  'level',
  'time',
  'msg',
  'service',
  'suppressed',
  'logger',
  'trace_id',
  'span_id',
  'trace_flags',
]);

/**
 * One JSON object a line (pino): `level`, `time` (ISO 8601, UTC), `service`, `msg` and the bounded fields.
 *
 * A field cannot take the place of one of those: it gets an underscore in front.
 */
export function createLog(options: LogOptions): NamedLog {
  const { config, version, output, clock = systemClock, linesPerSecond = 20, traceOf } = options;
  const budget = new LogBudget(clock, linesPerSecond);
  const levels = new LogLevels(config.log_level, clock);
  const logger = pino(
    {
      // What is less severe than wished never comes here.
      level: 'debug',
      base: { service: { name: config.service_name, version, environment: config.environment } },
      timestamp: () => `,"time":"${new Date(clock.nowMs()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    output ?? standardOutput(),
  );
  const named = (name: LoggerName): Log => {
    const part = name === 'service' ? {} : { logger: name };
    const at =
      (level: LogLevel) =>
      (message: string, fields: LogFields = {}): void => {
        if (!levels.writes(name, level)) return;
        const suppressed = budget.take(message);
        if (suppressed === undefined) return;
        const line = { ...part, ...lineOf(fields), ...traceFields(fields, traceOf) };
        logger[level](suppressed === 0 ? line : { ...line, suppressed }, message);
      };
    return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  };
  return { ...named('service'), named, levels };
}

/** Standard output until the process ends; what waits then has a moment to be read. Only while something waits it listens. */
function standardOutput(): DestinationStream {
  const flush = (): void => lines.flushAtExit(FLUSH_MS);
  const onBacklog = (waits: boolean): void => void (waits ? process.on('exit', flush) : process.off('exit', flush));
  const lines = createLineWriter({ fd: 1, maxWaitingBytes: MAX_WAITING_BYTES, onBacklog });
  return lines;
}

function traceFields({ decision_id: id }: LogFields, traceOf: LogOptions['traceOf']): object {
  const ids = typeof id === 'string' ? traceOf?.(id) : undefined;
  return ids === undefined
    ? {}
    : { trace_id: ids.traceId, span_id: ids.spanId, trace_flags: ids.sampled ? '01' : '00' };
}

function lineOf(fields: LogFields): object {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [RESERVED.has(name) ? `_${name}` : name, boundFields(value, 1)]),
  );
}
