import { z } from 'zod';

/** The `limits:` section: what all limit rules share. */
export const limitsSchema = z
  .strictObject({
    max_buckets: z
      .int()
      .min(1000)
      .max(10_000_000)
      .default(50_000)
      .describe(
        'Most token buckets held in memory, about 300 bytes each. Beyond it, newcomers may get less, never more.',
      ),
  })
  .describe('Limits that rules with effect limit take from, in this process.');

export type LimitsSection = z.output<typeof limitsSchema>;
