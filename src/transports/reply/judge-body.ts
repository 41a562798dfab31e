import type { Facts } from '../../decision/facts.ts';
import { type BadEnding, replaced, upstreamFailed } from './bad-ending.ts';
import type { ReplyExchange } from './reply-exchange.ts';

/** What a whole body comes to. */
export type JudgedBody =
  | {
      readonly kind: 'send';
      readonly bytes: Uint8Array;
      /** Whether they are others than the upstream's. */
      readonly replaced: boolean;
    }
  | { readonly kind: 'ends-badly'; readonly ending: BadEnding };

/** Most bytes of a body without a media type that are worth collecting to be sure that it is not empty. */
export const MAX_UNNAMED_BYTES = 1024;

/** Judges a JSON reply as a whole. `bytes` may be empty, and may be more than the server is let. */
export function judgeJsonReply<F extends Facts>(
  exchange: ReplyExchange<F>,
  status: number,
  bytes: Uint8Array,
): JudgedBody {
  const { facts, server, lease, outcome } = exchange;
  if (bytes.byteLength > server.maxReplyBytes) return badly(replaced('reply.too-large', status));
  if (!lease.resize(bytes.byteLength)) return badly(replaced('overload.busy', status));
  if (bytes.byteLength === 0 && facts.call.kind === 'request') return badly(nothingSaid(status));
  const judged = exchange.judge().judge(bytes);
  if (judged.kind === 'reject' || judged.kind === 'drop') {
    const reason = judged.kind === 'drop' ? 'reply.unreadable' : judged.reason;
    return badly(replaced(status >= 400 ? 'upstream.status' : reason, status));
  }
  // What was changed for its caller is for nobody else, and for no other time.
  if (judged.kind === 'pass' && status < 300) exchange.fallbacks.keep(bytes, facts);
  const sent = judged.kind === 'replace' ? judged.bytes : bytes;
  outcome.replyBytes = sent.byteLength;
  return { kind: 'send', bytes: sent, replaced: judged.kind === 'replace' };
}

/** A request is answered by a message; without one its caller would wait. */
function nothingSaid(status: number): BadEnding {
  return status >= 400 ? replaced('upstream.status', status) : upstreamFailed('upstream.cut');
}

/** An empty body answers what has no JSON-RPC answer: a notification, a response, DELETE. */
export function judgeEmptyReply<F extends Facts>(
  { facts }: ReplyExchange<F>,
  status: number,
  bytes: Uint8Array,
): JudgedBody {
  if (bytes.byteLength > 0) return badly(replaced('reply.unreadable', status));
  if (facts.call.kind === 'request') return badly(upstreamFailed('upstream.cut'));
  return { kind: 'send', bytes, replaced: false };
}

function badly(ending: BadEnding): JudgedBody {
  return { kind: 'ends-badly', ending };
}

/** Tells the record that the reply was passed on, and what it said of the call. */
export function reportAnswered<F extends Facts>(exchange: ReplyExchange<F>, status: number): void {
  exchange.outcome.report('answered', { httpStatus: status, ...exchange.judge().seen });
}
