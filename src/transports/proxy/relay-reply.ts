import type { Dispatcher } from 'undici';
import type { Facts } from '../../decision/facts.ts';
import { judgeReplyHead } from '../reply/judge-head.ts';
import { endBadly } from './end-exchange.ts';
import type { Exchange } from './exchange.ts';
import { relayEmpty, relayJson } from './relay-body.ts';
import { relaySse } from './relay-sse.ts';

/**
 * Passes the upstream's reply on in the form it has: nothing, JSON or an event stream.
 *
 * @param endUpstreamSession Ends a session that the upstream opened and its caller may not have.
 */
export async function relayReply<F extends Facts>(
  exchange: Exchange<F>,
  { statusCode, headers, body }: Dispatcher.ResponseData,
  endUpstreamSession: (upstreamId: string) => void,
): Promise<void> {
  const head = judgeReplyHead(exchange, statusCode, (name) => headers[name]);
  if (head.kind === 'ends-badly') {
    if (head.strandedSession !== undefined) endUpstreamSession(head.strandedSession);
    return endBadly(exchange, head.ending);
  }
  const passing = { status: statusCode, headers: head.headers, body };
  switch (head.form) {
    case 'json':
      return await relayJson(exchange, passing);
    case 'events':
      return await relaySse(exchange, passing);
    case 'empty':
      return await relayEmpty(exchange, passing);
  }
}
