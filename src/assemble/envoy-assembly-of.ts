import type { Catalogue } from '../catalogue/catalogue.ts';
import type { LoadedConfig } from '../config/load.ts';
import type { Stages } from '../decision/stages.ts';
import type { SallyportFacts } from '../stages/facts.ts';
import type { EnvoyAssembly, EnvoyServer } from '../transports/envoy/envoy-assembly.ts';
import { type DoorReach, limitToDoor } from '../transports/ext-authz/limit-to-door.ts';
import { envoyServerOf } from './served-server-of.ts';
import type { State } from './state.ts';

/** What all listeners of one configuration share. */
export type SharedAssembly = Omit<EnvoyAssembly<SallyportFacts>, 'servers' | 'dialled' | 'hasServer'>;

/** What Envoy may ask about on `listener`; nothing when the configuration has no such listener. */
export function envoyAssemblyOf(
  listener: string,
  shared: SharedAssembly,
  { loaded, catalogue, state }: { readonly loaded: LoadedConfig; readonly catalogue: Catalogue; readonly state: State },
): EnvoyAssembly<SallyportFacts> {
  const served = [...catalogue.servers.values()].filter((server) => server.config.listener === listener);
  const servers = new Map(served.map((server) => [server.name, envoyServerOf(server, loaded)]));
  const dialled = new Map<string, EnvoyServer>();
  for (const { name, config: own } of served) {
    const server = servers.get(name);
    if (server !== undefined) for (const endpoint of own.destinations) dialled.set(endpoint, server);
  }
  const config = loaded.config.listeners[listener];
  return {
    ...shared,
    stages: config?.door === 'ext_authz' ? limited(shared.stages) : shared.stages,
    servers,
    dialled,
    hasServer: (name) => servers.has(name),
  };

  function limited(stages: Stages<SallyportFacts>): Stages<SallyportFacts> {
    const judged = config?.door === 'ext_authz' && config.replies === 'ext_proc';
    const reach: DoorReach = {
      waivedBy: (name) => servers.get(name)?.waived ?? new Set(),
      judgesAll: (name) => servers.get(name)?.judgeReplies === 'always',
      replies: () => (judged ? attended() : 'none'),
    };
    return limitToDoor(stages, reach);
  }

  function attended(): 'ext_proc' | 'missing' {
    return state.ledgers.of(listener)?.attended === false ? 'missing' : 'ext_proc';
  }
}
