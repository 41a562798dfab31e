import type { Problem } from '../kit/problem.ts';
import type { YamlSource } from '../source/yaml-source.ts';
import { authzenListeners, envoyListeners } from './listeners-of.ts';
import { endpointOf, endpointOfUrl, isSameEndpoint } from './loopback.ts';
import type { Config } from './schema.ts';

/** What the doors cannot do that are asked over HTTP: by another proxy, or by callers about themselves. */
export function checkAskedDoors(config: Config, source: YamlSource): readonly Problem[] {
  return [...checkServers(config, source), ...checkRoutes(config, source), ...checkAddresses(config, source)];
}

function checkServers({ listeners, servers }: Config, source: YamlSource): readonly Problem[] {
  return Object.entries(servers).flatMap(([name, { listener, judge_replies: judgeReplies }]) => {
    const at = ['servers', name];
    const door = listeners[listener]?.door;
    if (door === 'authzen') {
      const message = `no call passes at "${listener}": callers only ask there what would be decided.`;
      return [source.problem([...at, 'listener'], message, 'Name the listener that serves the route.')];
    }
    if (door !== 'forward_auth' || judgeReplies === 'when_needed') return [];
    const message = `"${listener}" sees no replies, so none can be judged.`;
    return [source.problem([...at, 'judge_replies'], message, 'Remove it.')];
  });
}

function checkRoutes({ listeners, passthrough }: Config, source: YamlSource): readonly Problem[] {
  return Object.entries(passthrough).flatMap(([name, { listener }]) => {
    const door = listeners[listener]?.door;
    if (door !== 'forward_auth' && door !== 'authzen') return [];
    const message = `nothing is passed through at "${listener}": it is only asked.`;
    return [source.problem(['passthrough', name, 'listener'], message, 'Name a proxy listener.')];
  });
}

/** An address that is someone else's already, or that a server takes for its tool server. */
function checkAddresses(config: Config, source: YamlSource): readonly Problem[] {
  return [...authzenListeners(config), ...envoyListeners(config)].flatMap(([name, { bind }]) => {
    if (bind === undefined || bind.endsWith(':0')) return [];
    const own = endpointOf(bind);
    const twin = Object.entries(config.listeners).find(
      ([other, listener]) =>
        other !== name &&
        'bind' in listener &&
        listener.bind !== undefined &&
        isSameEndpoint(own, endpointOf(listener.bind)),
    );
    const loops = Object.entries(config.servers).filter(([, { upstream }]) =>
      isSameEndpoint(own, endpointOfUrl(upstream)),
    );
    return [
      ...(twin === undefined
        ? []
        : [source.problem(['listeners', name, 'bind'], `"${twin[0]}" has the same address.`, 'Give it another port.')]),
      ...loops.map(([server]) => {
        const message = `leads back to the listener "${name}".`;
        return source.problem(['servers', server, 'upstream'], message, 'Name the address of the tool server itself.');
      }),
    ];
  });
}
