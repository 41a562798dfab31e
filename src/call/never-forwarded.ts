/** Request header fields that belong to one connection, or frame or route one message: whoever sends it on says its own. */
const OF_ONE_HOP = [
  'connection',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'upgrade',
] as const;

/** The fields of one hop: they pass nowhere, also not where requests are passed on unjudged. Lower case. */
export const NEVER_RELAYED: ReadonlySet<string> = new Set(OF_ONE_HOP);

/**
 * Request header fields that a tool server never gets from its caller, whatever `pass_headers` says: those of one hop, those that
 * are said anew here, and the caller's credential. Lower case.
 */
export const NEVER_FORWARDED: ReadonlySet<string> = new Set([
  ...OF_ONE_HOP,
  'accept-encoding',
  'authorization',
  'content-encoding',
  'content-length',
  'last-event-id',
  'mcp-session-id',
  'sallyport-decision-id',
  'transfer-encoding',
]);

/** Whether a server may list the field in `pass_headers`. What begins with `x-envoy-` tells Envoy what to do with the call. */
export function mayBeForwarded(name: string): boolean {
  return !NEVER_FORWARDED.has(name) && !name.startsWith('x-envoy-');
}
