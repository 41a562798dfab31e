/** Whether a host, as WHATWG serialises it, is one that the pattern names. */
export type HostPattern = (host: string) => boolean;

/**
 * Compiles a host as the author of a rule writes it.
 *
 * - `example.com`: this host only. `[2001:db8::1]` and `192.0.2.1`: this address only.
 * - `*.example.com`: every host with one or more labels before `.example.com`; not `example.com` itself.
 * - `*`: any host.
 *
 * IDN can be written in Unicode; it is compared as punycode.
 *
 * @returns `undefined` when it is none of these.
 */
export function compileHostPattern(text: string): HostPattern | undefined {
  if (text === '*') return () => true;
  const isWildcard = text.startsWith('*.');
  const host = canonicalHost(isWildcard ? text.slice(2) : text);
  if (host === undefined || host.includes('*')) return undefined;
  if (!isWildcard) return (candidate) => candidate === host;
  return (candidate) => candidate.length > host.length + 1 && candidate.endsWith(`.${host}`);
}

/** The host as WHATWG serialises it, if `text` is a host and nothing more. */
function canonicalHost(text: string): string | undefined {
  if (/[/?#@\\\s%]/.test(text) || text.endsWith('.') || !URL.canParse(`https://${text}/`)) return undefined;
  const { hostname, port, pathname } = new URL(`https://${text}/`);
  return port === '' && pathname === '/' && !/:[0-9]+$/.test(text.replace(/^\[.*\]/, '')) ? hostname : undefined;
}
