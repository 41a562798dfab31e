import type { Era } from '../../call/call.ts';
import { REASONS, type ReasonCode, type RefusalClass } from '../../call/reason.ts';

/**
 * JSON-RPC codes of this product's own refusals, by class: outside -32768..-32000, which JSON-RPC and MCP reserve. The last
 * three digits are those of the HTTP status that says the same.
 */
const CLASS_CODES: Record<RefusalClass, number> = {
  'malformed': -32600,
  'mismatch': -32020,
  'unauthenticated': -31401,
  'forbidden': -31403,
  'origin': -31403,
  'verdict': -31422,
  'session': -31404,
  'too-large': -31413,
  'unsupported': -31415,
  'overload': -31503,
  'fault': -31500,
};

/** Reasons for which JSON-RPC or MCP has a code of its own. */
const REASON_CODES: Partial<Record<ReasonCode, number>> = {
  'body.encoding': -32700,
  'rpc.method-unknown': -32601,
  'rpc.params': -32602,
  'handle.unknown': -32602,
  'mcp.meta-missing': -32602,
  'mcp.version': -32022,
  'token.failures': -31429,
};

const CLASS_STATUS: Record<RefusalClass, number> = {
  'malformed': 400,
  'mismatch': 400,
  'unauthenticated': 401,
  'forbidden': 403,
  'origin': 403,
  'verdict': 200,
  'session': 404,
  'too-large': 413,
  'unsupported': 415,
  'overload': 503,
  'fault': 503,
};

const REASON_STATUS: Partial<Record<ReasonCode, number>> = {
  'http.headers-too-large': 431,
  'http.method': 405,
  'http.route': 404,
  'http.slow': 408,
  'token.failures': 429,
};

/** Whether the client sent what no argument of a model can mend: such an answer is no tool result (2026-07-28, MRTR). */
export function isProtocolError(reason: ReasonCode): boolean {
  return reason === 'handle.unknown';
}

/** The JSON-RPC error code of a refusal. */
export function rpcCode(reason: ReasonCode): number {
  if (reason.startsWith('json.')) return -32700;
  return REASON_CODES[reason] ?? CLASS_CODES[REASONS[reason].class];
}

/**
 * The HTTP status of a refusal.
 *
 * @param answerable Whether the message was a request with a known id. A verdict on anything else (a notification, a
 *   response) has no JSON-RPC answer to go into, so it is a 4xx (MCP Streamable HTTP, "Sending Messages").
 */
export function httpStatus(reason: ReasonCode, era: Era, answerable: boolean): number {
  // 2026-07-28 asks for 404 here; to a legacy client with a session a 404 would mean that the session is gone.
  if (reason === 'rpc.method-unknown' && era === 'modern') return 404;
  const status = REASON_STATUS[reason] ?? CLASS_STATUS[REASONS[reason].class];
  if (status !== 200 || answerable) return status;
  // Without a message it is GET or DELETE: to clients 405 says that this server has no such thing, and they go on without.
  return reason === 'door.reply-needed' ? 405 : 403;
}
