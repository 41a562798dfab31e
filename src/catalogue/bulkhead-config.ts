import { z } from 'zod';
import type { BulkheadSettings } from './bulkhead-settings.ts';

/** The fields of a server that say how much of it may be in progress at once. */
export const bulkheadFields = {
  max_upstream_connections: z
    .int()
    .min(1)
    .max(10_000)
    .default(256)
    .describe('Most connections to the upstream at once.'),
  max_upstream_pending: z
    .int()
    .min(0)
    .max(100_000)
    .optional()
    .describe(
      'Most calls that wait for one of those connections, for 2 seconds at most. Default: as many as there are connections.',
    ),
  max_upstream_bytes: z
    .int()
    .min(1024)
    .max(64 * 1024 * 1024 * 1024)
    .default(32 * 1024 * 1024)
    .describe('Most bytes of request bodies in progress at the upstream at once. One body always fits.'),
  max_calls_per_tool: z
    .int()
    .min(1)
    .max(100_000)
    .optional()
    .describe(
      'Most calls of one tool in progress at once, over all callers. Default: as many as connections and waiting calls together.',
    ),
  calls_kept_per_tenant: z
    .int()
    .min(0)
    .max(100_000)
    .optional()
    .describe(
      'Calls of each tool that every tenant finds room for, whatever other tenants do. Default: 8, and at most an eighth of max_calls_per_tool.',
    ),
};

const DEFAULT_KEPT = 8;
/** Tenants whose share is kept by default. */
const DEFAULT_SHARES = 8;

type Written = z.output<z.ZodObject<typeof bulkheadFields>> & { readonly identity: 'token' | 'anonymous' };

/** The fields in the words of the code, and how many calls may wait for a connection. */
export function bulkheadSettingsOf(written: Written): { maxPending: number; bulkhead: BulkheadSettings } {
  const { max_upstream_connections: connections, max_upstream_pending: maxPending = connections } = written;
  const calls = connections + maxPending;
  const callsPerTool = Math.min(calls, written.max_calls_per_tool ?? calls);
  const kept = written.calls_kept_per_tenant ?? Math.min(DEFAULT_KEPT, Math.floor(callsPerTool / DEFAULT_SHARES));
  // Callers that nobody identifies are one tenant: there is none to keep anything for.
  const keptPerTenant = written.identity === 'anonymous' ? 0 : kept;
  return {
    maxPending,
    bulkhead: { calls, connections, callsPerTool, keptPerTenant, bytes: written.max_upstream_bytes },
  };
}
