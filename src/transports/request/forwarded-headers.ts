import { NEVER_FORWARDED } from '../../call/never-forwarded.ts';
import type { Facts } from '../../decision/facts.ts';
import { mayRepeat } from '../../outcome/retries/may-repeat.ts';

/**
 * Request header fields that pass. Everything else stays here: credentials, cookies, `x-forwarded-*`, `x-user*`, `x-envoy-*`,
 * client certificates of others, hop-by-hop fields, Accept-Encoding (a compressed reply could not be judged), baggage.
 */
const FORWARDED: ReadonlySet<string> = new Set([
  'accept',
  'content-type',
  'mcp-method',
  'mcp-name',
  'mcp-protocol-version',
  'traceparent',
  'tracestate',
  'user-agent',
]);

/** Whether the request header field `name` (lower case) passes; `listed` are the server's own `forward_headers`. */
export function isForwarded(name: string, listed: ReadonlySet<string>): boolean {
  if (NEVER_FORWARDED.has(name)) return false;
  return FORWARDED.has(name) || name.startsWith('mcp-param-') || listed.has(name);
}

/** What of a server says which header fields it gets. */
export interface ForwardingServer {
  readonly forwardHeaders: ReadonlySet<string>;
  /** Absent where its calls are sent once. */
  readonly retries?: object | undefined;
}

/**
 * The header fields that the upstream request gets from here, by lower-case name: what the checks unsealed, the upstream's
 * own credential, the decision id to join its logs with ours, and a key by which it knows the attempts of one call.
 */
export function ownHeaders(facts: Facts, { retries }: Pick<ForwardingServer, 'retries'>): ReadonlyMap<string, string> {
  const { call, handles, credential } = facts;
  const own = new Map<string, string>([['sallyport-decision-id', call.decisionId], ...handles.headers]);
  // A string of RFC 9651: draft-ietf-httpapi-idempotency-key-header-07 §2.1. Two calls never have the same.
  if (retries !== undefined && mayRepeat(facts)) own.set('idempotency-key', `"${call.decisionId}"`);
  if (credential.kind === 'header') own.set(credential.name.toLowerCase(), credential.value);
  return own;
}

/**
 * The header fields of the upstream request, as undici's flat list: those received that pass, and our own in place of
 * what was received under their names.
 */
export function forwardedHeaders(facts: Facts, server: ForwardingServer): string[] {
  const { call } = facts;
  const own = ownHeaders(facts, server);
  const flat: string[] = [];
  for (const [name, value] of call.headers) {
    if (isForwarded(name, server.forwardHeaders) && !own.has(name)) flat.push(name, value);
  }
  for (const [name, value] of own) flat.push(name, value);
  return flat;
}
