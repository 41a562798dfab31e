import { canonicalEndpoint } from '../../kit/canonical-endpoint.ts';
import type { EnvoyAssembly, EnvoyServer } from './envoy-assembly.ts';
import type { EnvoyAddress } from './read-address.ts';

/** Who says which server a request is for: Envoy's route, or the address that the agent dialled. */
export type ServerFrom = 'route' | 'original_destination';

/** What Envoy shows of where a request goes. Nothing of it is the agent's word, as Host and path are. */
export interface ShownPlace {
  /** What the operator wrote on the route. */
  readonly named: string | undefined;
  /** The address that the agent dialled, also where its connection was redirected to Envoy. */
  readonly destination: EnvoyAddress | undefined;
}

export type NamedServer =
  | { readonly kind: 'named'; readonly server: EnvoyServer }
  /** Nobody says which, or two say different ones. */
  | { readonly kind: 'unnamed'; readonly operatorDetail: string };

type Servers = Pick<EnvoyAssembly, 'servers' | 'dialled'>;

/** The server of a request. Where it was dialled, a route may say the same, and must not say another. */
export function nameServer(servers: Servers, from: ServerFrom, shown: ShownPlace): NamedServer {
  return from === 'route' ? byRoute(servers, shown) : byDestination(servers, shown);
}

function byRoute({ servers }: Servers, { named }: ShownPlace): NamedServer {
  const server = servers.get(named ?? '');
  return server === undefined ? unnamed('the route names no server of this listener') : { kind: 'named', server };
}

function byDestination({ servers, dialled }: Servers, { named, destination }: ShownPlace): NamedServer {
  const endpoint =
    destination?.kind === 'socket' ? canonicalEndpoint(destination.address, destination.port) : undefined;
  if (endpoint === undefined) return unnamed('Envoy shows no address that was dialled');
  const server = dialled.get(endpoint);
  if (server === undefined) return unnamed(`${endpoint} was dialled, which is no server of this listener`);
  if (named !== undefined && servers.has(named) && named !== server.name) {
    return unnamed(`${endpoint} was dialled, which is ${server.name}, and the route names ${named}`);
  }
  return { kind: 'named', server };
}

function unnamed(operatorDetail: string): NamedServer {
  return { kind: 'unnamed', operatorDetail };
}
