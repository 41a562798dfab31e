import { type DestinationStream, pino } from 'pino';
import { type Clock, systemClock } from '../kit/clock.ts';
import { boundFields, type LogValue } from './bound-fields.ts';
import type { TelemetryConfig } from './config.ts';
import { createLineWriter } from './line-writer.ts';
import { LogBudget } from './log-budget.ts';

/** Fields of a line by name. `decision_id` joins a line with its records. */
export type LogFields = { readonly [name: string]: LogValue };

/** The operator's log. `message` is a constant text; whatever varies goes into fields. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
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
}

/** Most bytes that wait for standard output; further lines are dropped, never the calls. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;
/** Time for what waits to be read when the process ends. */
const FLUSH_MS = 200;
const RESERVED = new Set(['level', 'time', 'msg', 'service', 'suppressed']);
type Level = keyof Log;

/**
 * One JSON object a line (pino): `level`, `time` (ISO 8601, UTC), `service`, `msg` and the bounded fields.
 *
 * A field cannot take the place of one of those: it gets an underscore in front.
 */
export function createLog({ config, version, output, clock = systemClock, linesPerSecond = 20 }: LogOptions): Log {
  const budget = new LogBudget(clock, linesPerSecond);
  const logger = pino(
    {
      level: config.log_level,
      base: { service: { name: config.service_name, version, environment: config.environment } },
      timestamp: () => `,"time":"${new Date(clock.nowMs()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    output ?? standardOutput(),
  );
  const at =
    (level: Level) =>
    (message: string, fields: LogFields = {}): void => {
      if (!logger.isLevelEnabled(level)) return;
      const suppressed = budget.take(message);
      if (suppressed === undefined) return;
      logger[level]({ ...lineOf(fields), ...(suppressed === 0 ? {} : { suppressed }) }, message);
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** Standard output until the process ends; what waits then has a moment to be read. Only while something waits it listens. */
function standardOutput(): DestinationStream {
  const flush = (): void => lines.flushAtExit(FLUSH_MS);
  const onBacklog = (waits: boolean): void => void (waits ? process.on('exit', flush) : process.off('exit', flush));
  const lines = createLineWriter({ fd: 1, maxWaitingBytes: MAX_WAITING_BYTES, onBacklog });
  return lines;
}

function lineOf(fields: LogFields): object {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [RESERVED.has(name) ? `_${name}` : name, boundFields(value, 1)]),
  );
}
