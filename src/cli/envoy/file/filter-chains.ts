import { isIPv6 } from 'node:net';
import { connectionManagers } from './connection-manager.ts';
import type { EnvoyPlan, PlannedServer } from './envoy-plan.ts';
import type { RemarkedMap } from './remarked.ts';
import { routeConfig, strangerRoutes } from './routes.ts';

/** What becomes of connections: one way for all of them, or one for each address that agents dial. */
export interface FilterChains {
  readonly chains: readonly RemarkedMap[];
  /** What becomes of those that no chain is for. */
  readonly otherwise: RemarkedMap | undefined;
}

/** The filter chains of every listener, without TLS. What they have in common is the same object. */
export function filterChains(plan: EnvoyPlan): FilterChains {
  const manager = connectionManagers(plan);
  if (!plan.transparent) {
    return { chains: [{ filters: [manager(routeConfig(plan, plan.servers))] }], otherwise: undefined };
  }
  return {
    chains: plan.servers.flatMap((server) => {
      const filters = [manager(routeConfig(plan, [server]))];
      return [...byPort(server)].map(([port, addresses]) => chainFor(server, port, addresses, filters));
    }),
    otherwise: { name: 'strangers', filters: [manager(strangerRoutes())] },
  };
}

function chainFor(
  { name }: PlannedServer,
  port: number,
  addresses: readonly string[],
  filters: readonly RemarkedMap[],
): RemarkedMap {
  return {
    name: `${name}-${port}`,
    filter_chain_match: {
      destination_port: port,
      prefix_ranges: addresses.map((address) => ({ address_prefix: address, prefix_len: isIPv6(address) ? 128 : 32 })),
    },
    filters,
  };
}

/** The addresses that agents dial for a server, by port. */
function byPort({ destinations }: PlannedServer): ReadonlyMap<number, readonly string[]> {
  const ports = new Map<number, string[]>();
  for (const destination of destinations) {
    const colon = destination.lastIndexOf(':');
    const port = Number(destination.slice(colon + 1));
    const addresses = ports.get(port) ?? [];
    addresses.push(destination.slice(0, colon).replace(/^\[(.*)\]$/, '$1'));
    ports.set(port, addresses);
  }
  return ports;
}
