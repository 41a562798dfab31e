import { z } from 'zod';
import type { BreakerSettings } from './breaker-settings.ts';

const percent = z.number().min(1).max(100);

/** The `breaker:` section of a server. */
export const breakerSchema = z
  .strictObject({
    initially: z
      .enum(['closed', 'metrics_only', 'disabled'])
      .default('closed')
      .describe(
        'closed: calls are refused while their tool fails. metrics_only: it is only said when they would be. disabled: nothing is counted.',
      ),
    window_calls: z
      .int()
      .min(1)
      .max(10_000)
      .optional()
      .describe('Judge the last so many calls. Default 100, unless `window_s` is given.'),
    window_s: z.int().min(1).max(3600).optional().describe('Judge the calls of the last so many seconds instead.'),
    minimum_calls: z
      .int()
      .min(1)
      .max(10_000)
      .default(20)
      .describe('Calls that must have ended in the window before a rate counts; never more than `window_calls`.'),
    failure_rate: percent.default(50).describe('Share of failed calls at which the breaker opens, percent.'),
    slow_rate: percent.default(100).describe('Share of slow calls at which it opens, percent.'),
    slow_call_ms: z
      .int()
      .min(1)
      .max(3_600_000)
      .default(60_000)
      .describe('A call that takes longer is slow, milliseconds.'),
    wait_ms: z
      .int()
      .min(100)
      .max(3_600_000)
      .default(30_000)
      .describe('How long calls are refused once it opens, milliseconds; twice as long each time the probes fail.'),
    max_wait_ms: z
      .int()
      .min(100)
      .max(86_400_000)
      .default(300_000)
      .describe(
        'The longest that calls are refused, also when the upstream asks for more (Retry-After), milliseconds.',
      ),
    half_open_calls: z
      .int()
      .min(1)
      .max(1000)
      .default(10)
      .describe('Calls that are let through after the wait, and whose outcomes then decide.'),
    max_half_open_ms: z
      .int()
      .min(100)
      .max(3_600_000)
      .default(60_000)
      .describe('The longest time for those; then it opens again, milliseconds.'),
  })
  .refine(({ window_calls: calls, window_s: seconds }) => calls === undefined || seconds === undefined, {
    error: 'Must have one of window_calls and window_s',
    path: ['window_s'],
  })
  .refine(({ wait_ms: wait, max_wait_ms: longest }) => wait <= longest, {
    error: 'Must be at least wait_ms',
    path: ['max_wait_ms'],
  })
  .describe(
    'A circuit breaker for each tool of the server, and one for its other requests: while most calls fail or are slow, further ones are refused at once. Without this section there is none.',
  );

/** Allowance for outcomes on their way, milliseconds. */
const ON_ITS_WAY_MS = 1000;

/** The section in the units of the code. `replyTimeoutMs`: after that the outcome of a call should be known. */
export function breakerSettingsOf(written: z.output<typeof breakerSchema>, replyTimeoutMs: number): BreakerSettings {
  const { window_calls: calls = 100, window_s: seconds } = written;
  return {
    window: seconds === undefined ? { kind: 'count', calls } : { kind: 'time', seconds },
    minimumCalls: written.minimum_calls,
    failureRate: written.failure_rate,
    slowRate: written.slow_rate,
    slowCallMs: written.slow_call_ms,
    waitMs: written.wait_ms,
    maxWaitMs: written.max_wait_ms,
    halfOpenCalls: written.half_open_calls,
    maxHalfOpenMs: written.max_half_open_ms,
    probeTimeoutMs: replyTimeoutMs + ON_ITS_WAY_MS,
    initially: written.initially,
  };
}
