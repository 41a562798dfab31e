import type { Dispatcher } from 'undici';
import type { Facts } from '../../decision/facts.ts';
import { collectBytes } from './collect-bytes.ts';
import { type EndedBadly, endBadly, replaced, upstreamFailed } from './end-exchange.ts';
import type { Exchange } from './exchange.ts';
import { returnedHeaders } from './reply-headers.ts';
import { writeReply } from './write-reply.ts';

/**
 * Judges a JSON reply as a whole and passes it on, replaced or refused. At most `maxReplyBytes` are held, and it may stall no
 * longer than a reply may take to begin.
 */
export async function relayJson<F extends Facts>(
  exchange: Exchange<F>,
  { statusCode, headers, body }: Dispatcher.ResponseData,
  session: string | undefined,
): Promise<void> {
  const { facts, lease, server } = exchange;
  const { maxReplyBytes: maxBytes, replyTimeoutMs: idleMs } = server;
  const collected = await collectBytes(body, { maxBytes, idleMs, lease });
  if (collected.kind === 'too-large') return endBadly(exchange, replaced('reply.too-large', statusCode));
  if (collected.kind === 'no-room') return endBadly(exchange, replaced('overload.busy', statusCode));
  const { bytes: message } = collected;
  if (message.byteLength === 0 && facts.call.kind === 'request') return endBadly(exchange, nothingSaid(statusCode));
  const judged = exchange.judge().judge(message);
  if (judged.kind === 'reject' || judged.kind === 'drop') {
    const reason = judged.kind === 'drop' ? 'reply.unreadable' : judged.reason;
    return endBadly(exchange, replaced(statusCode >= 400 ? 'upstream.status' : reason, statusCode));
  }
  const bytes = judged.kind === 'replace' ? judged.bytes : message;
  exchange.outcome.replyBytes = bytes.byteLength;
  writeReply(exchange.response, {
    status: statusCode,
    headers: returnedHeaders(facts, headers, session),
    body: bytes,
  });
  exchange.outcome.report('answered', { httpStatus: statusCode, ...exchange.judge().seen });
}

/** A request is answered by a message; without one its caller would wait. */
function nothingSaid(statusCode: number): EndedBadly {
  return statusCode >= 400 ? replaced('upstream.status', statusCode) : upstreamFailed('upstream.cut');
}
