import { z } from 'zod';

const bytes = z
  .int()
  .min(1024)
  .max(4 * 1024 * 1024 * 1024);
const entries = z.int().min(1).max(1_000_000);

/** The `fallback_cache:` section: what is kept of results for rules with `fallback: { cached: … }`. Read at start. */
export const fallbackCacheSchema = z
  .strictObject({
    max_entries: entries.default(4096).describe('Most results that are kept.'),
    max_bytes: bytes.default(16 * 1024 * 1024).describe('Most bytes that they take in memory.'),
    max_entries_per_caller: entries.default(128).describe('Most results that are kept of what one caller asked for.'),
    max_bytes_per_caller: bytes.default(1024 * 1024).describe('Most bytes of those. A larger result is not kept.'),
  })
  .prefault({})
  .describe(
    'Results that are kept for rules with a cached fallback. In memory of this process alone; takes effect at start.',
  );
