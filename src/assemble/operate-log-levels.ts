import { systemClock } from '../kit/clock.ts';
import { type LoggerName, LOGGERS } from '../telemetry/log-levels.ts';
import type { LogLevelSurface } from '../transports/operator/log-level-surface.ts';
import type { State } from './state.ts';

/** The levels of the log for the operator: every change is in the record before it counts, and ends by itself. */
export function operateLogLevels({ log, recorder }: Pick<State, 'log' | 'recorder'>): LogLevelSurface {
  const { levels } = log;
  return {
    list: () =>
      levels.list().map(({ untilMs, ...line }) => (untilMs === undefined ? line : { ...line, until: isoOf(untilMs) })),
    async set({ name, level, ttl_s: seconds, why }) {
      const known = LOGGERS.find((one): one is LoggerName => one === name);
      if (known === undefined) return `there is no part of the log called ${name}: ${LOGGERS.join(', ')}`;
      const untilMs = systemClock.nowMs() + seconds * 1000;
      const was = levels.of(known);
      await recorder.operator({ action: 'log-level.set', name, state: level, until: isoOf(untilMs), was, why });
      levels.set(known, level, seconds * 1000);
      return undefined;
    },
  };
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
