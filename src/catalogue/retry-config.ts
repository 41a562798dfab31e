import { z } from 'zod';
import type { RetrySettings } from './retry-settings.ts';

/** The `retries:` section of a server. */
export const retrySchema = z
  .strictObject({
    attempts: z.int().min(2).max(5).default(3).describe('Most attempts of one call, the first one included.'),
    base_ms: z
      .int()
      .min(1)
      .max(60_000)
      .default(25)
      .describe(
        'The pause before the second attempt is a random time up to this, up to three times as long before the third, and so on, milliseconds.',
      ),
    max_ms: z.int().min(1).max(60_000).default(250).describe('The longest of those pauses, milliseconds.'),
    attempt_timeout_ms: z
      .int()
      .min(10)
      .max(3_600_000)
      .optional()
      .describe(
        'Longest wait for the reply to one attempt to begin, only for tools that may be called twice, milliseconds. Without it an attempt may take as long as the call, so none is tried again for being slow.',
      ),
    budget_percent: z
      .number()
      .min(1)
      .max(100)
      .default(20)
      .describe(
        'Most further attempts, percent of the calls to the server: what fails for everybody is not made worse. Behind Envoy, percent of the calls in progress.',
      ),
    budget_reserve: z
      .int()
      .min(1)
      .max(1000)
      .default(10)
      .describe('Further attempts beyond that share. Behind Envoy, how many of them there may be at once in any case.'),
  })
  .refine(({ base_ms: base, max_ms: longest }) => base <= longest, {
    error: 'Must be at least base_ms',
    path: ['max_ms'],
  })
  .describe(
    'Has calls tried again that did not reach the tool server; and, of tools pinned as idempotent, calls that it did not answer. Without this section each call is sent once.',
  );

/** The section in the units of the code. */
export function retrySettingsOf(written: z.output<typeof retrySchema>): RetrySettings {
  return {
    attempts: written.attempts,
    baseMs: written.base_ms,
    maxMs: written.max_ms,
    attemptTimeoutMs: written.attempt_timeout_ms,
    budgetPercent: written.budget_percent,
    budgetReserve: written.budget_reserve,
  };
}
