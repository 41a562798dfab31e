import { BlockList, isIP } from 'node:net';

/**
 * The URL of a JWK Set as configuration names it: https, or http on a loopback host (`localhost` or an address).
 *
 * @throws Error that says what to write instead.
 */
export function keySetUrl(written: string, options: { readonly allowHttp: boolean }): URL {
  const url = URL.parse(written);
  if (url === null) throw new Error('not a URL');
  if (url.username !== '' || url.password !== '') throw new Error('has a user name or password; remove it');
  if (url.protocol === 'https:') return url;
  if (url.protocol !== 'http:') throw new Error('must be an https URL');
  if (options.allowHttp || isLoopback(url.hostname)) return url;
  throw new Error('is http on a host that is not loopback; use https, or say allow_http: true');
}

function isLoopback(hostname: string): boolean {
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const family = isIP(host);
  if (family === 0) return host === 'localhost';
  const loopback = new BlockList();
  loopback.addSubnet('127.0.0.0', 8, 'ipv4');
  loopback.addAddress('::1', 'ipv6');
  return loopback.check(host, family === 4 ? 'ipv4' : 'ipv6');
}
