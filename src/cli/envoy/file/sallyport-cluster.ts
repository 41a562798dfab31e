import { isIP } from 'node:net';
import { duration, type EnvoyPlan, type PlannedDoor } from './envoy-plan.ts';
import type { RemarkedMap } from './remarked.ts';
import { upstreamTls } from './upstream-tls.ts';

/** Name of the cluster. */
export const SALLYPORT = 'sallyport';

/** How every filter and logger reaches Sallyport. */
export function grpcService(timeoutMs?: number): RemarkedMap {
  return {
    envoy_grpc: { cluster_name: SALLYPORT, authority: SALLYPORT },
    timeout: timeoutMs === undefined ? undefined : duration(timeoutMs),
  };
}

/** Sallyport itself: one address that serves every service which Envoy asks. */
export function sallyportCluster({ door }: EnvoyPlan): RemarkedMap {
  return {
    name: SALLYPORT,
    type: 'host' in door && isIP(door.host) === 0 ? 'STRICT_DNS' : 'STATIC',
    connect_timeout: 'socket' in door ? '0.25s' : '1s',
    load_assignment: {
      cluster_name: SALLYPORT,
      endpoints: [
        {
          '# lb_endpoints':
            'socket' in door
              ? 'Needed: a socket in a directory of mode 0700 of the user that runs both. No other may ask.'
              : undefined,
          lb_endpoints: [{ endpoint: { address: addressOf(door) } }],
        },
      ],
    },
    ...tlsOf(door),
    '# health_checks':
      'Keeps a second socket, should there be one, from being asked while its process drains. With one alone Envoy goes on asking it (panic threshold), and refuses when it gets no answer.',
    health_checks: [
      {
        timeout: '2s',
        interval: '5s',
        no_traffic_interval: '5s',
        unhealthy_interval: '1s',
        unhealthy_threshold: 2,
        healthy_threshold: 1,
        grpc_health_check: { authority: SALLYPORT },
      },
    ],
    '# circuit_breakers':
      'Needed: each open event stream that is judged is one request here; the default is 1024 for all.',
    circuit_breakers: { thresholds: [{ max_connections: 1024, max_pending_requests: 100000, max_requests: 100000 }] },
    typed_extension_protocol_options: {
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
        '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
        explicit_http_config: { http2_protocol_options: { enable_huffman_encoding: false } },
      },
    },
  };
}

function addressOf(door: PlannedDoor): RemarkedMap {
  if ('socket' in door) return { pipe: { path: door.socket } };
  return { socket_address: { address: door.host, port_value: door.port } };
}

function tlsOf(door: PlannedDoor): RemarkedMap {
  if ('socket' in door) return {};
  const { name, ...files } = door.tls;
  return {
    '# transport_socket':
      'Needed: Sallyport closes the connection of whoever does not show a certificate with one of `client_spiffe_ids`; and Envoy asks nobody but who has the name here, or anybody could answer in its place.',
    transport_socket: upstreamTls({ serverName: name, ...files, protocols: ['h2'] }),
  };
}
