import { BlockList } from 'node:net';

/** Host and port of an address as `bind` or a URL has it; IPv6 without brackets, names of this host as 127.0.0.1. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** Reads `HOST:PORT`. The form was checked by the schema. */
export function endpointOf(bind: string): Endpoint {
  const colon = bind.lastIndexOf(':');
  return { host: bareHost(bind.slice(0, colon)), port: Number(bind.slice(colon + 1)) };
}

/** Where a URL leads. */
export function endpointOfUrl(url: string): Endpoint {
  const { hostname, port, protocol } = new URL(url);
  return { host: bareHost(hostname), port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port) };
}

/** Whether only this host can reach the address. */
export function isLoopback(host: string): boolean {
  const loopback = new BlockList();
  loopback.addSubnet('127.0.0.0', 8);
  loopback.addAddress('::1', 'ipv6');
  return loopback.check(host, host.includes(':') ? 'ipv6' : 'ipv4');
}

/** Whether both lead to the same listener. Every loopback address and every wildcard counts as this host. */
export function isSameEndpoint(a: Endpoint, b: Endpoint): boolean {
  return a.port === b.port && (a.host === b.host || (isThisHost(a.host) && isThisHost(b.host)));
}

function isThisHost(host: string): boolean {
  return isLoopback(host) || host === '0.0.0.0' || host === '::';
}

function bareHost(host: string): string {
  const bare = host
    .replace(/^\[(.*)\]$/, '$1')
    .toLowerCase()
    .replace(/\.$/, '');
  return bare === 'localhost' || bare.endsWith('.localhost') ? '127.0.0.1' : bare;
}
