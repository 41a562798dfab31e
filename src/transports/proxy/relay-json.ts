import type { Dispatcher } from 'undici';
import type { Facts } from '../../decision/facts.ts';
import { collectBytes } from './collect-bytes.ts';
import { endBadly, replaced } from './end-exchange.ts';
import type { Exchange } from './exchange.ts';
import { returnedHeaders } from './reply-headers.ts';
import { writeReply } from './write-reply.ts';

/** Judges a JSON reply as a whole and passes it on, replaced or refused. At most `maxReplyBytes` are held. */
export async function relayJson<F extends Facts>(
  exchange: Exchange<F>,
  { statusCode, headers, body }: Dispatcher.ResponseData,
  session: string | undefined,
): Promise<void> {
  const collected = await collectBytes(body, exchange.server.maxReplyBytes);
  if (collected.kind === 'too-large') return endBadly(exchange, replaced('reply.too-large', statusCode));
  const { bytes: message } = collected;
  const judged = exchange.judge().judge(message);
  if (judged.kind === 'reject') {
    return endBadly(exchange, replaced(statusCode >= 400 ? 'upstream.status' : judged.reason, statusCode));
  }
  const bytes = judged.kind === 'replace' ? judged.bytes : message;
  exchange.outcome.replyBytes = bytes.byteLength;
  writeReply(exchange.response, {
    status: statusCode,
    headers: returnedHeaders(exchange.facts, headers, session),
    body: bytes,
  });
  exchange.outcome.report('answered', { httpStatus: statusCode, ...exchange.judge().seen });
}
