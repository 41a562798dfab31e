import { type HeaderList, headerValues } from '../../call/received.ts';
import type { Facts } from '../../decision/facts.ts';
import type { ReplyExchange } from './reply-exchange.ts';
import type { ReplyHeaders } from './reply-headers.ts';

/** What the client is shown as its session id. */
export type ShownSession =
  | { readonly kind: 'none' }
  | { readonly kind: 'shown'; readonly sealed: string }
  /** The upstream opened a session that its caller may not have. */
  | { readonly kind: 'too-many'; readonly upstreamId: string }
  /** The upstream's id is not one that a session can have. */
  | { readonly kind: 'unusable' };

/**
 * The session id to show with this reply: a new one sealed when `initialize` opened it, the caller's own as it sent it when
 * the upstream repeats the id; none in the modern era, and none that nobody asked for.
 */
export function shownSession<F extends Facts>(
  { facts, sessions }: Pick<ReplyExchange<F>, 'facts' | 'sessions'>,
  headers: ReplyHeaders,
): ShownSession {
  const { call, handles } = facts;
  const given = headers('mcp-session-id');
  if (given === undefined || call.era === 'modern') return { kind: 'none' };
  if (typeof given !== 'string' || !/^[\x21-\x7e]{1,1024}$/.test(given)) return { kind: 'unusable' };
  if (handles.upstreamSession !== undefined) return repeated(call.headers, given === handles.upstreamSession);
  if (call.operation !== 'initialize') return { kind: 'none' };
  const bound = sessions.bind(facts, given);
  return bound.kind === 'bound' ? { kind: 'shown', sealed: bound.sealed } : { kind: 'too-many', upstreamId: given };
}

function repeated(headers: HeaderList, same: boolean): ShownSession {
  const [sealed] = headerValues(headers, 'mcp-session-id');
  return same && sealed !== undefined ? { kind: 'shown', sealed } : { kind: 'none' };
}
