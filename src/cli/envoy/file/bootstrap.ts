import { agentListener } from './agent-listener.ts';
import type { EnvoyPlan } from './envoy-plan.ts';
import { filterChains } from './filter-chains.ts';
import { typeUrl } from './filter-names.ts';
import type { RemarkedMap } from './remarked.ts';
import { sallyportCluster } from './sallyport-cluster.ts';
import { toolCluster } from './tool-cluster.ts';

/** The whole configuration that Envoy starts with. */
export function bootstrap(plan: EnvoyPlan): RemarkedMap {
  const chains = filterChains(plan);
  return {
    admin: plan.admin === undefined ? undefined : admin(plan.admin),
    static_resources: {
      listeners: plan.openings.map((opening) => agentListener(plan, opening, chains)),
      clusters: [sallyportCluster(plan), ...plan.servers.map((server) => toolCluster(plan, server))],
    },
    layered_runtime: { layers: [{ name: 'static', static_layer: runtime(plan) }] },
    overload_manager: overload(),
  };
}

function admin(path: string): RemarkedMap {
  return {
    '# address': 'In a directory that only this user can enter; there is no admin port. The mode is 0600.',
    address: { pipe: { path, mode: 0o600 } },
  };
}

function runtime({ wiring, replies }: EnvoyPlan): RemarkedMap {
  const streams = wiring === 'inspect' || replies;
  return {
    '# envoy.reloadable_features.ext_proc_graceful_grpc_close':
      'Streams to Sallyport end instead of being reset. It is read at start: a later change does nothing.',
    'envoy.reloadable_features.ext_proc_graceful_grpc_close': streams ? true : undefined,
  };
}

function overload(): RemarkedMap {
  return {
    resource_monitors: [
      {
        name: 'envoy.resource_monitors.global_downstream_max_connections',
        typed_config: {
          '@type': typeUrl('resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig'),
          max_active_downstream_connections: 4096,
        },
      },
    ],
  };
}
