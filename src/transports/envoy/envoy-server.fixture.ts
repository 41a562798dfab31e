import type { EnvoyServer } from './envoy-assembly.ts';

/** A server as Envoy serves it, with room for everything. */
export const SERVER: EnvoyServer = {
  name: 'files',
  route: '/files',
  hosts: undefined,
  origins: new Set(),
  eras: 'both',
  resource: undefined,
  forwardHeaders: new Set(),
  retries: undefined,
  waived: new Set(),
  judgeReplies: 'when_needed',
  maxBodyBytes: 1024 * 1024,
  maxReplyBytes: 1024 * 1024,
  streamMaxAgeMs: 60_000,
  maxCallsPerPrincipal: 8,
};
