import type { Problem } from '../kit/problem.ts';
import type { YamlSource } from '../source/yaml-source.ts';
import { extAuthzListeners } from './listeners-of.ts';
import type { Config } from './schema.ts';

/** Room for everything of a CheckRequest but the body, bytes: headers, certificate, names. */
const AROUND_BODY_BYTES = 256 * 1024;

/** What each door can and cannot do for the servers and routes that name it. */
export function checkDoors(config: Config, source: YamlSource): readonly Problem[] {
  return [...checkSockets(config, source), ...checkServers(config, source), ...checkRoutes(config, source)];
}

function checkSockets(config: Config, source: YamlSource): readonly Problem[] {
  const all = extAuthzListeners(config);
  return all.flatMap(([name, { socket }], index) => {
    const twin = all.slice(0, index).find(([, other]) => other.socket === socket);
    if (twin === undefined) return [];
    const message = `"${twin[0]}" has the same socket.`;
    return [source.problem(['listeners', name, 'socket'], message, 'Give it another path.')];
  });
}

function checkServers(config: Config, source: YamlSource): readonly Problem[] {
  const asked = new Map(extAuthzListeners(config));
  return Object.entries(config.servers).flatMap(([name, { listener, waive, max_body_bytes: maxBodyBytes }]) => {
    const door = asked.get(listener);
    if (door === undefined) {
      if (waive.length === 0) return [];
      const message = `"${listener}" judges replies, so there is nothing to waive.`;
      return [source.problem(['servers', name, 'waive'], message, 'Remove it.')];
    }
    if (maxBodyBytes + AROUND_BODY_BYTES <= door.max_message_bytes) return [];
    const message = `bodies of ${maxBodyBytes} bytes do not fit into max_message_bytes of listener "${listener}".`;
    const advice = `Lower it, or raise that to ${maxBodyBytes + AROUND_BODY_BYTES}.`;
    return [source.problem(['servers', name, 'max_body_bytes'], message, advice)];
  });
}

function checkRoutes(config: Config, source: YamlSource): readonly Problem[] {
  const asked = new Map(extAuthzListeners(config));
  return Object.entries(config.passthrough)
    .filter(([, { listener }]) => asked.has(listener))
    .map(([name]) =>
      source.problem(
        ['passthrough', name, 'listener'],
        'what Envoy asks about is not passed through from here.',
        'Route it in Envoy, or name a proxy listener.',
      ),
    );
}
