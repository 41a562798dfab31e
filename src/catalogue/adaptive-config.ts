import { z } from 'zod';
import type { AdaptiveSettings } from './adaptive-settings.ts';

/** The `adaptive:` section of a server. */
export const adaptiveSchema = z
  .strictObject({
    minimum: z.number().min(0.01).max(1).default(0.1).describe('The least that rates are multiplied by.'),
    interval_ms: z
      .int()
      .min(100)
      .max(600_000)
      .default(1000)
      .describe('Rates are halved at most once in this time, and raised once in it, milliseconds.'),
    step: z
      .number()
      .min(0.001)
      .max(1)
      .default(0.05)
      .describe('What is added in an interval without trouble, a share of the rate as it is written.'),
    slow_call_ms: z
      .int()
      .min(1)
      .max(3_600_000)
      .default(10_000)
      .describe('A call that takes longer is slow, milliseconds.'),
    slow_rate: z
      .number()
      .min(1)
      .max(100)
      .default(50)
      .describe('Share of slow calls in an interval at which rates are halved, percent.'),
    minimum_calls: z
      .int()
      .min(1)
      .max(10_000)
      .default(10)
      .describe('Calls that must have ended in an interval before that share counts.'),
  })
  .prefault({})
  .describe('How the rates of `adaptive: true` limits follow the health of this server.');

/** The section in the units of the code. */
export function adaptiveSettingsOf(written: z.output<typeof adaptiveSchema>): AdaptiveSettings {
  return {
    minimum: written.minimum,
    intervalMs: written.interval_ms,
    step: written.step,
    slowCallMs: written.slow_call_ms,
    slowRate: written.slow_rate,
    minimumCalls: written.minimum_calls,
  };
}
