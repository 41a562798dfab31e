import { type Call, type Era, REVISIONS, type RequestId } from '../../call/call.ts';
import { REASONS, type ReasonCode } from '../../call/reason.ts';
import { headerValues, type Received } from '../../call/received.ts';
import type { Refusal, RefusalDetail } from '../../decision/verdict.ts';
import { challengeFor } from './challenge.ts';
import type { ProtectedResource } from './protected-resource.ts';
import { rateLimitFields } from './rate-limit-fields.ts';
import { refusalText, retryAfterSeconds } from './refusal-text.ts';
import type { Reply } from './reply.ts';
import { httpStatus, isProtocolError, rpcCode } from './rpc-code.ts';

/** What is known about the exchange that a refusal answers. */
export interface Refused {
  readonly received: Received;
  readonly refusal: Refusal;
  /** Once it was read. */
  readonly call: Call | undefined;
  /** Once it was routed. */
  readonly server: RefusingServer | undefined;
}

/** What a refusal must know of the server that was called. */
export interface RefusingServer {
  readonly resource: ProtectedResource | undefined;
  readonly eras: 'legacy' | 'modern' | 'both';
}

/** Waits for a retry when the check named none, milliseconds. */
const DEFAULT_RETRY_MS = 1000;

/**
 * A refusal as its caller gets it (DESIGN §4): never an empty body, always with the decision id.
 *
 * A verdict on a `tools/call` is a tool result that the model reads; on other requests, or where the client and not the
 * model is at fault, a JSON-RPC error under HTTP 200;
 * everything else a JSON-RPC error under the status of its class.
 */
export function writeRefusal(refused: Refused): Reply {
  const { received, refusal, call } = refused;
  const reason = shownReason(refusal.reason);
  const { id, era } = addressee(refused);
  const status = httpStatus(reason, era, id !== undefined);
  const asToolResult =
    status === 200 && call?.operation === 'tools/call' && id !== undefined && !isProtocolError(reason);
  const text = refusalText(reason, refusal.detail, received.decisionId);
  const message = asToolResult
    ? { jsonrpc: '2.0', id, result: toolResult(text, refusalData(refused), era) }
    : { jsonrpc: '2.0', ...(id === undefined ? {} : { id }), error: rpcError(refused, text) };
  return {
    status,
    headers: [
      ['content-type', 'application/json'],
      ['cache-control', 'no-store'],
      ['sallyport-decision-id', received.decisionId],
      ...conditionalHeaders(refused, reason, status),
    ],
    body: Buffer.from(JSON.stringify(message)),
    close: reason === 'http.framing' || REASONS[reason].class === 'too-large' || reason === 'draining',
  };
}

/** The JSON-RPC error object of a refusal, also for the last event of a stream. */
export function rpcError(refused: Refused, message: string): object {
  const reason = shownReason(refused.refusal.reason);
  const data = refusalData(refused);
  return { code: rpcCode(reason), message, data: reason === 'mcp.version' ? { ...data, ...versions(refused) } : data };
}

/** Somebody else's session looks like one that never was. */
function shownReason(reason: ReasonCode): ReasonCode {
  return reason === 'session.not-owner' ? 'session.unknown' : reason;
}

/** To whom and in which era the answer goes. A call without a sound id gets an answer without id. */
function addressee({ refusal, call }: Refused): { id: RequestId | undefined; era: Era } {
  if (call !== undefined) return { id: call.kind === 'request' ? call.id : undefined, era: call.era };
  const misread = refusal.kind === 'deny' ? refusal.misread : undefined;
  return { id: misread?.id, era: misread?.era ?? 'legacy' };
}

function refusalData({ received, refusal }: Refused): object {
  const { message, rule, argument, allowed, retryAfterMs }: RefusalDetail = refusal.detail;
  return {
    decision_id: received.decisionId,
    reason: shownReason(refusal.reason),
    ...(message === undefined ? {} : { message }),
    ...(rule === undefined ? {} : { rule }),
    ...(argument === undefined ? {} : { argument }),
    ...(allowed === undefined ? {} : { allowed }),
    ...(retryAfterMs === undefined ? {} : { retry_after_seconds: retryAfterSeconds(retryAfterMs) }),
  };
}

function toolResult(text: string, data: object, era: Era): object {
  return {
    ...(era === 'modern' ? { resultType: 'complete' } : {}),
    content: [{ type: 'text', text }],
    isError: true,
    _meta: { 'sallyport/refusal': data },
  };
}

/** What a client needs to pick another revision (2026-07-28, UnsupportedProtocolVersionError). */
function versions({ received, server }: Refused): object {
  const [requested = ''] = headerValues(received.headers, 'mcp-protocol-version');
  // Legacy revisions are negotiated by `initialize`; a server that also speaks 2026-07-28 names that one here, as it does in
  // `server/discover`.
  const wantsLegacy = server?.eras === 'legacy';
  const supported = REVISIONS.filter((revision) => (revision !== '2026-07-28') === wantsLegacy);
  return { supported, requested: /^[\w.-]{1,32}$/.test(requested) ? requested : '' };
}

function conditionalHeaders(
  { refusal, server }: Refused,
  reason: ReasonCode,
  status: number,
): (readonly [string, string])[] {
  const headers: (readonly [string, string])[] = [];
  const challenge = challengeFor(reason, server?.resource);
  if (challenge !== undefined && status !== 200) headers.push(['www-authenticate', challenge]);
  const waits = REASONS[reason].class === 'overload' ? DEFAULT_RETRY_MS : undefined;
  const retryAfterMs = refusal.detail.retryAfterMs ?? waits;
  if (retryAfterMs !== undefined) headers.push(['retry-after', String(retryAfterSeconds(retryAfterMs))]);
  headers.push(...rateLimitFields(refusal.detail.quotas));
  if (status === 405) headers.push(['allow', reason === 'door.reply-needed' ? 'POST' : 'GET, POST, DELETE']);
  return headers;
}
