import { isIP } from 'node:net';
import { circuitBreakers } from './circuit-breakers.ts';
import { bufferBytes, type EnvoyPlan, type PlannedServer } from './envoy-plan.ts';
import type { RemarkedMap } from './remarked.ts';
import { upstreamTls } from './upstream-tls.ts';

/** The cluster of one tool server. */
export function toolCluster(plan: EnvoyPlan, server: PlannedServer): RemarkedMap {
  const { name, upstream } = server;
  const { at, tls } = upstream;
  const named = 'host' in at && isIP(at.host) === 0;
  return {
    name,
    type: named ? 'STRICT_DNS' : 'STATIC',
    connect_timeout: '5s',
    '# per_connection_buffer_limit_bytes': 'As large as the largest body that is held: replies are, to be judged.',
    per_connection_buffer_limit_bytes: bufferBytes(plan),
    load_assignment: {
      cluster_name: name,
      endpoints: [{ lb_endpoints: [{ endpoint: { address: addressOf(at) } }] }],
    },
    ...circuitBreakers(server),
    transport_socket: tls === undefined ? undefined : upstreamTls({ ...tls, ca: tls.ca ?? plan.authorities }),
  };
}

function addressOf(at: PlannedServer['upstream']['at']): RemarkedMap {
  if ('socket' in at) return { pipe: { path: at.socket } };
  return { socket_address: { address: at.host, port_value: at.port } };
}
