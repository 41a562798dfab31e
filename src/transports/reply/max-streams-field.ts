import { z } from 'zod';

/** The field of every listener that serves streams. */
export const maxStreamsField = z
  .int()
  .min(1)
  .max(100_000)
  .default(100)
  .describe('Most open-ended streams (GET, subscriptions) that one caller may have at once.');
