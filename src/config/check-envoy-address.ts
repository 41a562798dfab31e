import type { Problem } from '../kit/problem.ts';
import type { YamlSource } from '../source/yaml-source.ts';
import { envoyListeners } from './listeners-of.ts';
import type { Config } from './schema.ts';

/**
 * Whether only Envoy reaches the listeners that it asks. Who asks there says what certificate the agent has shown, and reads
 * the credential of the tool server in the answer: so it is a socket of the user, or TLS with client certificates.
 */
export function checkEnvoyAddress(config: Config, source: YamlSource): readonly Problem[] {
  return envoyListeners(config).flatMap(([name, { socket, bind, tls }]) => {
    const problem = (field: string | undefined, message: string, advice: string): readonly Problem[] => [
      source.problem(['listeners', name, ...(field === undefined ? [] : [field])], message, advice),
    ];
    if (socket === undefined && bind === undefined) return problem(undefined, 'nothing says where Envoy asks.', CHOICE);
    if (socket !== undefined && bind !== undefined) {
      return problem('bind', 'there is a socket as well, and Envoy asks at one place.', 'Remove one of them.');
    }
    if (socket !== undefined && tls !== undefined) {
      return problem('tls', 'a socket needs no TLS: its directory lets nobody else in.', 'Remove tls, or use bind.');
    }
    if (bind === undefined || tls !== undefined) return [];
    const message = `whoever reaches ${bind} could forge any client certificate, and read what is for tool servers alone.`;
    return problem('bind', message, `Add ${TLS}, or use socket instead.`);
  });
}

const TLS = 'tls with certificate, key, client_ca and client_spiffe_ids';
const CHOICE = `Add socket with a path in a directory of its own, or bind and ${TLS}.`;
