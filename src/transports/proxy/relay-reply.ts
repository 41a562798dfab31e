import type { Dispatcher } from 'undici';
import type { Facts } from '../../decision/facts.ts';
import { deny } from '../../decision/verdict.ts';
import { collectBytes } from './collect-bytes.ts';
import { endBadly, replaced, upstreamFailed } from './end-exchange.ts';
import type { Exchange } from './exchange.ts';
import { relayJson } from './relay-json.ts';
import { relaySse } from './relay-sse.ts';
import { mediaType, replyHeader, returnedHeaders, sessionHeader } from './reply-headers.ts';
import { writeReply } from './write-reply.ts';

/** Longest body without a media type that is looked at. */
const MAX_UNNAMED_BYTES = 1024;

/**
 * Passes the upstream's reply on in the form it has: nothing, JSON or an event stream.
 *
 * Redirects are not followed, the upstream's own challenges do not reach the client, and what cannot be judged (another
 * media type, a compressed body) is replaced.
 *
 * @param endUpstreamSession Ends a session that the upstream opened and its caller may not have.
 */
export async function relayReply<F extends Facts>(
  exchange: Exchange<F>,
  reply: Dispatcher.ResponseData,
  endUpstreamSession: (upstreamId: string) => void,
): Promise<void> {
  const { statusCode, headers } = reply;
  if (statusCode >= 300 && statusCode < 400) return endBadly(exchange, upstreamFailed('upstream.redirect'));
  // Statuses that say there is no body: a client waits for the answer for ever.
  if (exchange.facts.call.kind === 'request' && [202, 204, 205].includes(statusCode))
    return endBadly(exchange, upstreamFailed('upstream.cut'));
  if ([401, 403, 407].includes(statusCode)) return endBadly(exchange, upstreamFailed('upstream.credential'));
  if ((replyHeader(headers, 'content-encoding') ?? 'identity') !== 'identity') {
    return endBadly(exchange, replaced('reply.unreadable', statusCode));
  }
  if (statusCode === 404 && exchange.facts.handles.upstreamSession !== undefined) exchange.sessions.end(exchange.facts);
  const session = statusCode < 300 ? sessionHeader(exchange, headers) : ({ kind: 'none' } as const);
  switch (session.kind) {
    case 'too-many':
      endUpstreamSession(session.upstreamId);
      return endBadly(exchange, { refusal: deny('handles', 'session.too-many'), outcome: 'replaced' });
    case 'unusable':
      return endBadly(exchange, replaced('reply.unreadable', statusCode));
    case 'shown':
      return await relayBody(exchange, reply, session.sealed);
    case 'none':
      return await relayBody(exchange, reply, undefined);
  }
}

async function relayBody<F extends Facts>(
  exchange: Exchange<F>,
  reply: Dispatcher.ResponseData,
  session: string | undefined,
): Promise<void> {
  switch (mediaType(reply.headers)) {
    case 'application/json':
      return await relayJson(exchange, reply, session);
    case 'text/event-stream':
      // An error status with a stream would be read by no client.
      if (reply.statusCode >= 300) return endBadly(exchange, replaced('upstream.status', reply.statusCode));
      return await relaySse(exchange, reply, session);
    default:
      return await relayOther(exchange, reply, session);
  }
}

/** An empty body answers what has no JSON-RPC answer: a notification, a response, DELETE. */
async function relayOther<F extends Facts>(
  exchange: Exchange<F>,
  { statusCode, headers, body }: Dispatcher.ResponseData,
  session: string | undefined,
): Promise<void> {
  if (statusCode >= 400) return endBadly(exchange, replaced('upstream.status', statusCode));
  const { lease, server } = exchange;
  const collected = await collectBytes(body, { maxBytes: MAX_UNNAMED_BYTES, idleMs: server.replyTimeoutMs, lease });
  if (collected.kind !== 'bytes' || collected.bytes.byteLength > 0)
    return endBadly(exchange, replaced('reply.unreadable', statusCode));
  if (exchange.facts.call.kind === 'request') return endBadly(exchange, upstreamFailed('upstream.cut'));
  const returned = returnedHeaders(exchange.facts, headers, session).filter(([name]) => name !== 'content-type');
  writeReply(exchange.response, { status: statusCode, headers: returned, body: new Uint8Array() });
  exchange.outcome.report('answered', { httpStatus: statusCode, ...exchange.judge().seen });
}
