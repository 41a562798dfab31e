import { isIP } from 'node:net';
import { bufferBytes, type EnvoyPlan, type PlannedServer, type PlannedUpstreamTls } from './envoy-plan.ts';
import type { RemarkedMap } from './remarked.ts';

/** The cluster of one tool server. */
export function toolCluster(plan: EnvoyPlan, { name, upstream, maxConnections }: PlannedServer): RemarkedMap {
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
    circuit_breakers: {
      thresholds: [
        { max_connections: maxConnections, max_pending_requests: maxConnections, max_requests: 100000, max_retries: 0 },
      ],
    },
    transport_socket: tls === undefined ? undefined : upstreamTls(tls, plan.authorities),
  };
}

function addressOf(at: PlannedServer['upstream']['at']): RemarkedMap {
  if ('socket' in at) return { pipe: { path: at.socket } };
  return { socket_address: { address: at.host, port_value: at.port } };
}

function upstreamTls({ serverName, ca, certificate, key }: PlannedUpstreamTls, authorities: string): RemarkedMap {
  const isAddress = isIP(serverName) !== 0;
  return {
    name: 'envoy.transport_sockets.tls',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext',
      sni: isAddress ? undefined : serverName,
      common_tls_context: {
        tls_params: { tls_minimum_protocol_version: 'TLSv1_2' },
        tls_certificates:
          certificate === undefined || key === undefined
            ? undefined
            : [{ certificate_chain: { filename: certificate }, private_key: { filename: key } }],
        '# validation_context': 'Needed: without it Envoy takes any certificate.',
        validation_context: {
          trusted_ca: { filename: ca ?? authorities },
          match_typed_subject_alt_names: [
            { san_type: isAddress ? 'IP_ADDRESS' : 'DNS', matcher: { exact: serverName } },
          ],
        },
      },
    },
  };
}
