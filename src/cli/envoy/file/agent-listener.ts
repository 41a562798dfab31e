import { bufferBytes, type EnvoyPlan, type Opening, type OpeningTls } from './envoy-plan.ts';
import { typeUrl } from './filter-names.ts';
import type { RemarkedMap } from './remarked.ts';

/** One address that agents connect to. `filters` is the same for all of them. */
export function agentListener(plan: EnvoyPlan, { name, host, port, tls }: Opening, filters: readonly RemarkedMap[]) {
  return {
    '#': tls?.clientCa === undefined ? undefined : CERTIFICATES,
    name,
    address: { socket_address: { address: host, port_value: port } },
    '# per_connection_buffer_limit_bytes':
      'Needed: as large as the largest body that is held to be judged, either way. The default of 1 MiB answers 413 and 500.',
    per_connection_buffer_limit_bytes: bufferBytes(plan),
    filter_chains: [{ transport_socket: tls === undefined ? undefined : downstreamTls(tls), filters }],
  };
}

const CERTIFICATES =
  'Agents with client certificates: tokens can be bound to them when the listener of Sallyport says `client_certificates: verified`. That is only true while every TLS listener here has a trusted_ca and requires one.';

function downstreamTls({ certificate, key, clientCa }: OpeningTls): RemarkedMap {
  return {
    name: 'envoy.transport_sockets.tls',
    typed_config: {
      '@type': typeUrl('transport_sockets.tls.v3.DownstreamTlsContext'),
      require_client_certificate: clientCa === undefined ? undefined : true,
      common_tls_context: {
        alpn_protocols: ['h2', 'http/1.1'],
        tls_params: { tls_minimum_protocol_version: 'TLSv1_2' },
        tls_certificates: [{ certificate_chain: { filename: certificate }, private_key: { filename: key } }],
        validation_context: clientCa === undefined ? undefined : { trusted_ca: { filename: clientCa } },
      },
    },
  };
}
