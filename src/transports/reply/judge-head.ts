import type { HeaderList } from '../../call/received.ts';
import type { Facts } from '../../decision/facts.ts';
import { deny } from '../../decision/verdict.ts';
import { type BadEnding, replaced, upstreamFailed } from './bad-ending.ts';
import type { ReplyExchange } from './reply-exchange.ts';
import { isPlainlyEncoded, mediaType, type ReplyHeaders, returnedHeaders } from './reply-headers.ts';
import { retryAfterMs } from './retry-after.ts';
import { shownSession } from './shown-session.ts';

/** What the head of a reply comes to. */
export type JudgedHead =
  | {
      readonly kind: 'body';
      /** How the body must be judged: `judgeJsonReply`, an `EventRelay`, `judgeEmptyReply`. */
      readonly form: ReplyForm;
      /** Exactly the header fields that the client gets, should the body pass; without framing. */
      readonly headers: HeaderList;
    }
  | {
      readonly kind: 'ends-badly';
      readonly ending: BadEnding;
      /** A session that the upstream opened for this reply and that nobody has: to be ended there. */
      readonly strandedSession?: string;
    };

/** `empty`: the reply names no form that can be judged, so its body must have no byte. */
export type ReplyForm = 'json' | 'events' | 'empty';

/**
 * Judges status and header fields of the upstream's reply, and shows its session to the caller (once a reply: a session that
 * it opens is bound here).
 *
 * Redirects are not followed, the upstream's own challenges do not reach the client, and what cannot be judged (another
 * media type, a compressed body) is replaced.
 */
export function judgeReplyHead<F extends Facts>(
  exchange: ReplyExchange<F>,
  status: number,
  headers: ReplyHeaders,
): JudgedHead {
  const pauseMs = status === 503 ? retryAfterMs(headers) : undefined;
  if (pauseMs !== undefined) exchange.outcome.retryAfterMs = pauseMs;
  const flaw = flawOf(exchange, status, headers);
  if (flaw !== undefined) return { kind: 'ends-badly', ending: flaw };
  if (status === 404 && exchange.facts.handles.upstreamSession !== undefined) exchange.sessions.end(exchange.facts);
  const session = status < 300 ? shownSession(exchange, headers) : ({ kind: 'none' } as const);
  switch (session.kind) {
    case 'too-many': {
      const ending: BadEnding = { refusal: deny('handles', 'session.too-many'), outcome: 'replaced' };
      return { kind: 'ends-badly', ending, strandedSession: session.upstreamId };
    }
    case 'unusable':
      return { kind: 'ends-badly', ending: replaced('reply.unreadable', status) };
    case 'shown':
      return judgeForm(exchange, status, headers, session.sealed);
    case 'none':
      return judgeForm(exchange, status, headers, undefined);
  }
}

/** What a reply is refused for whatever its body holds. */
function flawOf<F extends Facts>(
  { facts, fallbacks }: ReplyExchange<F>,
  status: number,
  headers: ReplyHeaders,
): BadEnding | undefined {
  if (status >= 300 && status < 400) return upstreamFailed('upstream.redirect');
  // Statuses that say there is no body: a client waits for the answer for ever.
  if (facts.call.kind === 'request' && (status === 202 || status === 204 || status === 205)) {
    return upstreamFailed('upstream.cut');
  }
  if (status === 401 || status === 403 || status === 407) return upstreamFailed('upstream.credential');
  // What an error says is of no use to a caller who gets something else.
  if (status >= 500 && fallbacks.watches(facts)) return replaced('upstream.status', status);
  return isPlainlyEncoded(headers) ? undefined : replaced('reply.unreadable', status);
}

function judgeForm<F extends Facts>(
  { facts }: ReplyExchange<F>,
  status: number,
  headers: ReplyHeaders,
  session: string | undefined,
): JudgedHead {
  const returned = returnedHeaders(facts, headers, session);
  switch (mediaType(headers)) {
    case 'application/json':
      return { kind: 'body', form: 'json', headers: returned };
    case 'text/event-stream':
      // An error status with a stream would be read by no client.
      if (status >= 300) return { kind: 'ends-badly', ending: replaced('upstream.status', status) };
      returned.push(['x-accel-buffering', 'no']);
      return { kind: 'body', form: 'events', headers: returned };
    default:
      if (status >= 400) return { kind: 'ends-badly', ending: replaced('upstream.status', status) };
      return { kind: 'body', form: 'empty', headers: returned.filter(([name]) => name !== 'content-type') };
  }
}
