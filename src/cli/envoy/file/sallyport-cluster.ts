import { duration, type EnvoyPlan } from './envoy-plan.ts';
import type { RemarkedMap } from './remarked.ts';

/** Name of the cluster. */
export const SALLYPORT = 'sallyport';

/** How every filter and logger reaches Sallyport. */
export function grpcService(timeoutMs?: number): RemarkedMap {
  return {
    envoy_grpc: { cluster_name: SALLYPORT, authority: SALLYPORT },
    timeout: timeoutMs === undefined ? undefined : duration(timeoutMs),
  };
}

/** Sallyport itself: one socket that serves every service which Envoy asks. */
export function sallyportCluster({ socket }: EnvoyPlan): RemarkedMap {
  return {
    name: SALLYPORT,
    type: 'STATIC',
    connect_timeout: '0.25s',
    load_assignment: {
      cluster_name: SALLYPORT,
      endpoints: [
        {
          '# lb_endpoints':
            'Needed: a socket in a directory of mode 0700 of the user that runs both. No other may ask.',
          lb_endpoints: [{ endpoint: { address: { pipe: { path: socket } } } }],
        },
      ],
    },
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
