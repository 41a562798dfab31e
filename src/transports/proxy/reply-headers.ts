import { type HeaderList, headerValues } from '../../call/received.ts';
import type { Facts } from '../../decision/facts.ts';
import type { Exchange } from './exchange.ts';

/** Header fields of a reply as undici gives them. */
export type UpstreamHeaders = Readonly<Record<string, string | string[] | undefined>>;

/**
 * Reply header fields that pass. The rest stays here: cookies, challenges and credentials of the upstream, hop-by-hop
 * fields, CORS grants, redirects.
 */
const RETURNED = ['allow', 'cache-control', 'content-type', 'retry-after'] as const;

/** One header field of a reply; `undefined` when it is absent or came more than once. */
export function replyHeader(headers: UpstreamHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}

/** The media type of a reply in lower case, without parameters; empty when it names none. */
export function mediaType(headers: UpstreamHeaders): string {
  return (replyHeader(headers, 'content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

/** The header fields that the client gets with an upstream reply; `session` from `sessionHeader()`. */
export function returnedHeaders(
  { call }: Facts,
  headers: UpstreamHeaders,
  session: string | undefined,
): (readonly [string, string])[] {
  const returned: (readonly [string, string])[] = [['sallyport-decision-id', call.decisionId]];
  for (const name of RETURNED) {
    const value = replyHeader(headers, name);
    if (value !== undefined) returned.push([name, value]);
  }
  if (session !== undefined) returned.push(['mcp-session-id', session]);
  return returned;
}

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
export function sessionHeader<F extends Facts>(exchange: Exchange<F>, headers: UpstreamHeaders): ShownSession {
  const { facts, sessions } = exchange;
  const { call, handles } = facts;
  const given = headers['mcp-session-id'];
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
