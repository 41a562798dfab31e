import { bufferBytes, type EnvoyPlan, type Opening, type OpeningTls } from './envoy-plan.ts';
import type { FilterChains } from './filter-chains.ts';
import { typeUrl } from './filter-names.ts';
import type { RemarkedMap } from './remarked.ts';

/** One address that agents connect to. What it does with connections is the same for all of them. */
export function agentListener(plan: EnvoyPlan, opening: Opening, { chains, otherwise }: FilterChains): RemarkedMap {
  const { name, host, port, tls } = opening;
  const transport = tls === undefined ? undefined : downstreamTls(tls);
  const secured = (chain: RemarkedMap): RemarkedMap => {
    const { filters, ...match } = chain;
    return { ...match, transport_socket: transport, filters };
  };
  return {
    '#': tls?.clientCa === undefined ? undefined : CERTIFICATES,
    name,
    address: {
      // Agents dial what they like of either version of IP.
      socket_address: {
        address: host,
        port_value: port,
        ipv4_compat: plan.transparent && host === '::' ? true : undefined,
      },
    },
    '# per_connection_buffer_limit_bytes':
      'Needed: as large as the largest body that is held to be judged, either way. The default of 1 MiB answers 413 and 500.',
    per_connection_buffer_limit_bytes: bufferBytes(plan),
    ...(plan.transparent ? originalDestination() : {}),
    filter_chains: chains.map(secured),
    '# default_filter_chain': otherwise === undefined ? undefined : STRANGERS,
    default_filter_chain: otherwise === undefined ? undefined : secured(otherwise),
  };
}

const STRANGERS = 'Needed: else what is dialled elsewhere, or at Envoy itself, would end without a word.';

function originalDestination(): RemarkedMap {
  return {
    '# listener_filters':
      'Needed: what agents dialled before they were redirected here is what names the server. Redirect everything of theirs but nothing of Envoy itself, and let nobody else come here.',
    listener_filters: [
      {
        name: 'envoy.filters.listener.original_dst',
        typed_config: { '@type': typeUrl('filters.listener.original_dst.v3.OriginalDst') },
      },
    ],
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
