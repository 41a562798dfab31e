import { type HeaderList, headerValues } from '../../call/received.ts';
import type { Facts } from '../../decision/facts.ts';
import { rateLimitFields } from '../refusal/rate-limit-fields.ts';

/**
 * Looks one header field of a reply up by its lower-case name: its value, or all of them when there are several. The way a
 * door has its headers stays its own: nothing of what a server names becomes a key here.
 */
export type ReplyHeaders = (name: string) => string | readonly string[] | undefined;

/** A look-up in a list of fields. */
export function replyHeadersIn(list: HeaderList): ReplyHeaders {
  return (name) => {
    const values = headerValues(list, name);
    return values.length > 1 ? values : values[0];
  };
}

/**
 * Reply header fields that pass. The rest stays here: cookies, challenges and credentials of the upstream, hop-by-hop
 * fields, CORS grants, redirects.
 */
const RETURNED = ['allow', 'cache-control', 'content-type', 'retry-after'] as const;

/** One header field of a reply; `undefined` when it is absent or came more than once. */
function only(headers: ReplyHeaders, name: string): string | undefined {
  const value = headers(name);
  return typeof value === 'string' ? value : undefined;
}

/** The media type of a reply in lower case, without parameters; empty when it names none. */
export function mediaType(headers: ReplyHeaders): string {
  return (only(headers, 'content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

/**
 * The content type of a reply. Parameters that name another charset than UTF-8 are left out: the body is judged as UTF-8 (RFC 8259
 * §8.1), and a client that read it otherwise would read something else.
 */
function contentType(headers: ReplyHeaders): string | undefined {
  const value = only(headers, 'content-type');
  const charsets = (value ?? '').toLowerCase().match(/charset[^;]*/g) ?? [];
  return charsets.every((one) => /^charset=(?:utf-8|"utf-8")\s*$/.test(one)) ? value : mediaType(headers);
}

/** Whether the body of a reply can be read as it is. */
export function isPlainlyEncoded(headers: ReplyHeaders): boolean {
  const encoding = headers('content-encoding');
  return encoding === undefined || encoding === 'identity';
}

/** What the client gets of the header fields of a reply, beside those that depend on the form of its body. */
export function returnedHeaders(
  { call, reservation }: Facts,
  headers: ReplyHeaders,
  session: string | undefined,
): (readonly [string, string])[] {
  const returned: (readonly [string, string])[] = [['sallyport-decision-id', call.decisionId]];
  for (const name of RETURNED) {
    const value = name === 'content-type' ? contentType(headers) : only(headers, name);
    if (value !== undefined) returned.push([name, value]);
  }
  if (session !== undefined) returned.push(['mcp-session-id', session]);
  returned.push(...rateLimitFields(reservation.quotas));
  return returned;
}
