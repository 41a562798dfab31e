/** Cookies, challenges, redirects, grants of CORS, and what a browser would remember of the host. Lower case. */
const WITHHELD = [
  'access-control-allow-credentials',
  'access-control-allow-headers',
  'access-control-allow-methods',
  'access-control-allow-origin',
  'access-control-expose-headers',
  'alt-svc',
  'authentication-info',
  'clear-site-data',
  'content-location',
  'link',
  'location',
  'proxy-authenticate',
  'proxy-authentication-info',
  'refresh',
  'set-cookie',
  'strict-transport-security',
  'www-authenticate',
] as const;

/**
 * Header fields of a tool server's reply that no client gets, also where nobody judges the reply: a client that believed them
 * would bring its credentials elsewhere.
 */
export function withheldFromReplies(): readonly string[] {
  return WITHHELD;
}
