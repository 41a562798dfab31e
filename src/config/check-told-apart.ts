import { serverConfigOf } from '../catalogue/config.ts';
import type { Problem } from '../kit/problem.ts';
import type { YamlSource } from '../source/yaml-source.ts';
import type { Config } from './schema.ts';

type Listener = Config['listeners'][string];
type Server = Config['servers'][string];
type NamedServer = readonly [name: string, server: Server];

/** Whether a request shows which server of its listener it is for: by its path, or by the address that was dialled. */
export function checkToldApart({ listeners, servers }: Config, source: YamlSource): readonly Problem[] {
  return Object.entries(listeners).flatMap(([listener, config]) => {
    const own = Object.entries(servers).filter(([, server]) => server.listener === listener);
    return isDialled(config) ? checkDialled(own, source) : checkRouted(listener, own, source);
  });
}

function isDialled(listener: Listener): boolean {
  return 'server_from' in listener && listener.server_from === 'original_destination';
}

function checkRouted(listener: string, own: readonly NamedServer[], source: YamlSource): readonly Problem[] {
  return own.flatMap(([name, { route, destinations }], index) => {
    const twin = own.slice(0, index).find(([, other]) => other.route === route);
    const unheeded = `the route names the servers of "${listener}", not what agents dial.`;
    return [
      ...(twin === undefined
        ? []
        : [source.problem(['servers', name, 'route'], `"${twin[0]}" has the same route.`, 'Make them differ.')]),
      ...(destinations.length === 0
        ? []
        : [source.problem(['servers', name, 'destinations'], unheeded, `Remove it, or ${ADVICE}`)]),
    ];
  });
}

const ADVICE = 'name a listener that Envoy asks, with server_from: original_destination.';

function checkDialled(own: readonly NamedServer[], source: YamlSource): readonly Problem[] {
  const owners = new Map<string, string>();
  return own.flatMap(([name, server]) => {
    const { destinations } = serverConfigOf(server);
    const field = server.destinations.length === 0 ? 'upstream' : 'destinations';
    if (destinations.length === 0) {
      const message = 'nothing says which address agents dial for this server: the upstream has no numeric one.';
      return [source.problem(['servers', name, field], message, 'Add destinations, such as ["10.0.0.7:3001"].')];
    }
    const twins = destinations.flatMap((one) => {
      const owner = owners.get(one);
      owners.set(one, owner ?? name);
      return owner === undefined ? [] : [`${one} is "${owner}" already, and what was dialled names the server.`];
    });
    const advice = 'Give each server addresses of its own.';
    return twins.map((message) => source.problem(['servers', name, field], message, advice));
  });
}
