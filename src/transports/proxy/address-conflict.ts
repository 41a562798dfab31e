import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { passthroughConflict, portOf } from './passthrough-conflict.ts';
import type { PassthroughRoute, Reachable } from './proxy-assembly.ts';
import type { ResolveHost } from './resolve-host.ts';

/**
 * The catalogued server that a passthrough route would reach past every check, by its name or by the addresses that it is
 * dialled at; `undefined` when it reaches none.
 *
 * Every address of this host is one, since a server may listen on all of them. Two names at one address and port are taken
 * for one server: whether something there tells them apart cannot be seen from here.
 *
 * @param addresses What the route's host was resolved to, and no other than these may be dialled.
 * @throws what `resolve` throws: it cannot be told then.
 */
export async function addressConflict(
  { upstream }: Pick<PassthroughRoute, 'upstream'>,
  addresses: readonly string[],
  servers: readonly Reachable[],
  resolve: ResolveHost,
): Promise<string | undefined> {
  const named = passthroughConflict({ upstream }, servers);
  if (named !== undefined) return named;
  for (const { name, upstream: server } of servers) {
    if (server.socketPath !== undefined || portOf(server.url) !== portOf(upstream)) continue;
    if (meet(addresses, await resolve(server.url.hostname))) return name;
  }
  return undefined;
}

function meet(some: readonly string[], others: readonly string[]): boolean {
  const here = thisHost();
  const there = new BlockList();
  for (const address of others) there.addAddress(address, familyOf(address));
  const areHere = others.some((address) => here.check(address, familyOf(address)));
  return some.some((address) => {
    const family = familyOf(address);
    return there.check(address, family) || (areHere && here.check(address, family));
  });
}

/** Every address under which this host reaches itself. */
function thisHost(): BlockList {
  const here = new BlockList();
  here.addSubnet('127.0.0.0', 8);
  here.addSubnet('0.0.0.0', 8);
  for (const address of ['::', '::1']) here.addAddress(address, 'ipv6');
  for (const { address } of Object.values(networkInterfaces()).flatMap((own) => own ?? [])) {
    here.addAddress(address, familyOf(address));
  }
  return here;
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}
