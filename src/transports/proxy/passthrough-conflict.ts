import type { PassthroughRoute, Reachable } from './proxy-assembly.ts';

/**
 * The catalogued server that a passthrough route names, `undefined` when it names none.
 *
 * Host and port are compared after WHATWG parsing (which already folds case, hex and decimal IPv4 forms and default ports);
 * every spelling of loopback is one host. What names resolve to is compared in `address-conflict.ts`.
 */
export function passthroughConflict(
  { upstream }: Pick<PassthroughRoute, 'upstream'>,
  servers: readonly Reachable[],
): string | undefined {
  const aimed = authorityKey(upstream);
  return servers.find(
    (server) => server.upstream.socketPath === undefined && authorityKey(server.upstream.url) === aimed,
  )?.name;
}

/** The port that a URL leads to. */
export function portOf({ protocol, port }: URL): string {
  return port === '' ? (protocol === 'https:' ? '443' : '80') : port;
}

function authorityKey(url: URL): string {
  return `${canonicalHost(url.hostname)}:${portOf(url)}`;
}

function canonicalHost(hostname: string): string {
  const host = hostname.toLowerCase().replace(/\.$/, '');
  const mapped = /^\[::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/.exec(host);
  const plain =
    mapped === null ? host : dotted(Number.parseInt(mapped[1] ?? '', 16), Number.parseInt(mapped[2] ?? '', 16));
  const loopback = ['localhost', '[::1]', '[::]', '0.0.0.0'].includes(plain) || plain.endsWith('.localhost');
  return loopback || /^127\.\d+\.\d+\.\d+$/.test(plain) ? 'loopback' : plain;
}

function dotted(high: number, low: number): string {
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');
}
