import type { HeaderList } from '../../call/received.ts';
import { headerValues } from '../../call/received.ts';
import type { ReasonCode } from '../../call/reason.ts';

/** Which Host and Origin values may be used. */
export interface AllowedAuthorities {
  readonly hosts: ReadonlySet<string> | undefined;
  readonly origins: ReadonlySet<string>;
}

const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Why Host or Origin keep this request out; `undefined` when they do not.
 *
 * Host must be listed (by default a loopback name) with the listener's own port or none; that stops DNS rebinding. Origin may
 * be absent; browsers always send it, and then it must be listed, or be the very authority that was asked: a page from there
 * is not from somewhere else.
 *
 * @param port The listener's, `undefined` on a Unix socket.
 */
export function refusedAuthority(
  headers: HeaderList,
  { hosts, origins }: AllowedAuthorities,
  port: number | undefined,
): ReasonCode | undefined {
  const [host, ...otherHosts] = headerValues(headers, 'host');
  if (host === undefined || otherHosts.length > 0) return 'http.framing';
  if (!isListed(host.toLowerCase(), hosts ?? LOOPBACK_HOSTS, port)) return 'http.host';
  const [origin, ...otherOrigins] = headerValues(headers, 'origin');
  if (otherOrigins.length > 0) return 'http.header-duplicate';
  return origin === undefined || origins.has(origin) || isOwn(origin, host) ? undefined : 'http.origin';
}

/** Host is listed at this point, so an equal Origin names this listener itself. */
function isOwn(origin: string, host: string): boolean {
  return origin === `http://${host}` || origin === `https://${host}`;
}

function isListed(host: string, listed: ReadonlySet<string>, port: number | undefined): boolean {
  if (listed.has(host)) return true;
  const suffix = `:${port}`;
  return port !== undefined && host.endsWith(suffix) && listed.has(host.slice(0, -suffix.length));
}
