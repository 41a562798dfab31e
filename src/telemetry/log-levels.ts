import type { Clock } from '../kit/clock.ts';

/** How severe a line is, the least first. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * Parts of the log whose level can be set apart: `calls` (refusals and faults), `tools` (their definitions, lists and breakers),
 * `envoy` (exchanges that are under way there), and `service` for the rest.
 */
export const LOGGERS = ['service', 'calls', 'tools', 'envoy'] as const;
export type LoggerName = (typeof LOGGERS)[number];

/** A part of the log as an operator sees it. */
export interface LoggerLine {
  readonly name: LoggerName;
  readonly level: LogLevel;
  /** When the configured level comes back, wall clock, milliseconds since the epoch; `undefined` while it is in force. */
  readonly untilMs: number | undefined;
}

interface Raised {
  readonly level: LogLevel;
  readonly untilMs: number;
}

/** The levels of all parts: that of the configuration, and another one for a while. */
export class LogLevels {
  readonly #configured: LogLevel;
  readonly #clock: Clock;
  readonly #set = new Map<LoggerName, Raised>();

  constructor(configured: LogLevel, clock: Clock) {
    this.#configured = configured;
    this.#clock = clock;
  }

  /** The level of a part now. */
  of(name: LoggerName): LogLevel {
    const set = this.#set.size === 0 ? undefined : this.#set.get(name);
    if (set === undefined) return this.#configured;
    if (this.#clock.nowMs() < set.untilMs) return set.level;
    this.#set.delete(name);
    return this.#configured;
  }

  /** Whether lines of that severity are written. */
  writes(name: LoggerName, level: LogLevel): boolean {
    return LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(this.of(name));
  }

  /** Sets the level of a part for so long; then that of the configuration is in force again. */
  set(name: LoggerName, level: LogLevel, forMs: number): void {
    this.#set.set(name, { level, untilMs: this.#clock.nowMs() + forMs });
  }

  list(): readonly LoggerLine[] {
    return LOGGERS.map((name) => {
      const level = this.of(name);
      return { name, level, untilMs: this.#set.get(name)?.untilMs };
    });
  }
}
