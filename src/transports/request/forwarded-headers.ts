import { NEVER_FORWARDED } from '../../call/never-forwarded.ts';
import type { OutgoingTrace } from '../../decision/call-traces.ts';
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

/** What Sallyport says in place of the caller where there is tracing, and what then does not pass as it came. */
const OF_TRACES: readonly string[] = ['traceparent', 'tracestate', 'baggage'];

/**
 * Whether the request header field `name` passes as it was received. Where there is tracing, what says which trace the call
 * belongs to does not, and baggage only of callers who are believed.
 */
export function passesAsReceived(name: string, listed: ReadonlySet<string>, trace: OutgoingTrace | undefined): boolean {
  if (trace === undefined || !OF_TRACES.includes(name)) return isForwarded(name, listed);
  return name === 'baggage' && trace.trusted;
}

/** What of a server says which header fields it gets. */
export interface ForwardingServer {
  readonly forwardHeaders: ReadonlySet<string>;
  /** Absent where its calls are sent once. */
  readonly retries?: object | undefined;
}

/**
 * The header fields that the upstream request gets from here, by lower-case name: what the checks unsealed, the upstream's
 * own credential, the decision id to join its logs with ours, the trace that it belongs to, and a key by which it knows the attempts
 * of one call.
 */
export function ownHeaders(
  facts: Facts,
  { retries }: Pick<ForwardingServer, 'retries'>,
  trace?: OutgoingTrace,
): ReadonlyMap<string, string> {
  const { call, handles, credential } = facts;
  const own = new Map<string, string>([['sallyport-decision-id', call.decisionId], ...handles.headers]);
  // A string of RFC 9651: draft-ietf-httpapi-idempotency-key-header-07 §2.1. Two calls never have the same.
  if (retries !== undefined && mayRepeat(facts)) own.set('idempotency-key', `"${call.decisionId}"`);
  if (trace !== undefined) own.set('traceparent', trace.traceparent);
  if (trace?.tracestate !== undefined) own.set('tracestate', trace.tracestate);
  if (credential.kind === 'header') own.set(credential.name.toLowerCase(), credential.value);
  return own;
}

/**
 * The header fields of the upstream request, as undici's flat list: those received that pass, and our own in place of
 * what was received under their names.
 */
export function forwardedHeaders(facts: Facts, server: ForwardingServer, trace?: OutgoingTrace): string[] {
  const { call } = facts;
  const own = ownHeaders(facts, server, trace);
  const flat: string[] = [];
  for (const [name, value] of call.headers) {
    if (passesAsReceived(name, server.forwardHeaders, trace) && !own.has(name)) flat.push(name, value);
  }
  for (const [name, value] of own) flat.push(name, value);
  return flat;
}
