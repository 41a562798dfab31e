import { EXT_AUTHZ, typeUrl } from './filter-names.ts';
import type { EnvoyPlan } from './envoy-plan.ts';
import { extAuthzMutationRules } from './mutation-rules.ts';
import type { RemarkedMap } from './remarked.ts';
import { grpcService } from './sallyport-cluster.ts';

/** The filter that has each request decided before it is forwarded. */
export function extAuthzFilter({ servers, timeoutMs }: EnvoyPlan): RemarkedMap {
  return {
    name: EXT_AUTHZ,
    typed_config: {
      '@type': typeUrl('filters.http.ext_authz.v3.ExtAuthz'),
      transport_api_version: 'V3',
      '# grpc_service':
        'Sallyport answers within 0.8 of the timeout. Shorter means that a busy CPU is an outage for agents.',
      grpc_service: grpcService(timeoutMs),
      '# failure_mode_allow': 'Needed: nothing passes when Sallyport cannot be asked, and that is no verdict.',
      failure_mode_allow: false,
      status_on_error: { code: 503 },
      '# encode_raw_headers': 'Needed: repeats stay apart, and bytes arrive as they are.',
      encode_raw_headers: true,
      '# with_request_body':
        'Needed: Sallyport judges whole bodies. The number is the largest `max_body_bytes` of the servers.',
      with_request_body: {
        max_request_bytes: Math.max(...servers.map(({ maxBodyBytes }) => maxBodyBytes)),
        allow_partial_message: false,
        pack_as_bytes: true,
      },
      include_peer_certificate: true,
      include_tls_session: true,
      '# validate_mutations': 'Needed: without it a value with a line break would be two header lines.',
      validate_mutations: true,
      '# decoder_header_mutation_rules':
        'Needed: nobody may change what frames or routes the request, or one body is read as two requests. The list is src/transports/envoy/envoy-owned.ts. allow_envoy: removing x-envoy-* of the agent is a mutation.',
      decoder_header_mutation_rules: extAuthzMutationRules(),
      '# clear_route_cache': 'Needed: a route chosen anew behind this filter would be one that nobody judged.',
      clear_route_cache: false,
    },
  };
}
