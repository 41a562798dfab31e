import type { PassthroughRoute, ProxyServer } from './proxy-assembly.ts';

/**
 * The catalogued server that a passthrough route would reach past every check, `undefined` when it reaches none.
 *
 * Host and port are compared after WHATWG parsing (which already folds case, hex and decimal IPv4 forms and default ports);
 * every spelling of loopback is one host. A DNS name that resolves to the same machine is not found out here.
 */
export function passthroughConflict(
  { upstream }: Pick<PassthroughRoute, 'upstream'>,
  servers: readonly Pick<ProxyServer, 'name' | 'upstream'>[],
): string | undefined {
  const aimed = authorityKey(upstream);
  return servers.find(
    (server) => server.upstream.socketPath === undefined && authorityKey(server.upstream.url) === aimed,
  )?.name;
}

function authorityKey({ protocol, hostname, port }: URL): string {
  return `${canonicalHost(hostname)}:${port === '' ? (protocol === 'https:' ? '443' : '80') : port}`;
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
