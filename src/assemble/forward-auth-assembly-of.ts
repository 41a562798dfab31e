import type { Catalogue } from '../catalogue/catalogue.ts';
import type { LoadedConfig } from '../config/load.ts';
import type { SallyportFacts } from '../stages/facts.ts';
import { limitToDoor } from '../transports/ext-authz/limit-to-door.ts';
import type { ForwardAuthAssembly } from '../transports/forward-auth/forward-auth-assembly.ts';
import { askedServerOf } from './served-server-of.ts';

/** What another proxy may ask about on `listener`: whatever needs no look at its reply and no change of its body. */
export function forwardAuthAssemblyOf(
  listener: string,
  shared: Omit<ForwardAuthAssembly<SallyportFacts>, 'servers'>,
  { loaded, catalogue }: { readonly loaded: LoadedConfig; readonly catalogue: Catalogue },
): ForwardAuthAssembly<SallyportFacts> {
  const served = [...catalogue.servers.values()].filter(({ config }) => config.listener === listener);
  const stages = limitToDoor(shared.stages, {
    waivedBy: (name) => new Set(catalogue.servers.get(name)?.config.waive),
    judgesAll: () => false,
    replies: () => 'never',
  });
  return { ...shared, stages, servers: new Map(served.map((server) => [server.name, askedServerOf(server, loaded)])) };
}
