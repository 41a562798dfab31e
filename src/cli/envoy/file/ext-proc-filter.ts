import { duration, type EnvoyPlan } from './envoy-plan.ts';
import { EXT_AUTHZ, EXT_PROC, MATCH_DELEGATE, typeUrl } from './filter-names.ts';
import { extProcMutationRules } from './mutation-rules.ts';
import type { RemarkedMap } from './remarked.ts';
import { grpcService } from './sallyport-cluster.ts';

/** What the `inspect` wiring tells Sallyport of each request beside its headers. The certificate comes as PEM. */
const REQUEST_ATTRIBUTES: readonly string[] = [
  'xds.route_name',
  'source.address',
  'destination.address',
  'destination.port',
  'connection.peer_certificate',
];

/** The filter that shows replies, and with `inspect` requests as well. */
export function extProcFilter(plan: EnvoyPlan): RemarkedMap {
  const inspect = plan.wiring === 'inspect';
  return {
    name: EXT_PROC,
    typed_config: {
      '@type': typeUrl('filters.http.ext_proc.v3.ExternalProcessor'),
      '# grpc_service': 'No timeout: the stream lives as long as the exchange. Each message has one of its own.',
      grpc_service: grpcService(0),
      '# failure_mode_allow': 'Needed: nothing passes when Sallyport cannot be asked, and that is no verdict.',
      failure_mode_allow: false,
      status_on_error: { code: 503 },
      '# message_timeout':
        "Above `decision.deadline_ms`, so that Sallyport's own refusal comes first. Shorter means that a busy CPU is an outage.",
      message_timeout: duration(plan.timeoutMs),
      '# processing_mode':
        'Needed: nothing leaves, either way, before it was seen. What need not be seen, Sallyport says in each case; a stream that begins otherwise it refuses. Trailers of a request could come in place of a body.',
      processing_mode: {
        request_header_mode: 'SEND',
        response_header_mode: 'SEND',
        request_body_mode: 'BUFFERED',
        response_body_mode: 'BUFFERED',
        request_trailer_mode: 'SEND',
        response_trailer_mode: 'SKIP',
      },
      '# allow_mode_override': 'Needed: else event streams would be held, and nothing would get through.',
      allow_mode_override: true,
      '# request_attributes': inspect
        ? 'Needed: the name of the route names the server, and no header can show a certificate.'
        : undefined,
      request_attributes: inspect ? REQUEST_ATTRIBUTES : undefined,
      '# response_attributes':
        'Tells a reply of the tool server from one of Envoy itself, and how often the tool server was tried.',
      response_attributes: ['response.code_details', 'upstream.request_attempt_count'],
      '# metadata_options': inspect
        ? 'Needed: decision_id for the access log, verdict for the local replies.'
        : 'Needed: what ext_authz has sealed comes back to Sallyport; and its verdict for the local replies.',
      metadata_options: {
        forwarding_namespaces: inspect ? undefined : { untyped: [EXT_AUTHZ] },
        receiving_namespaces: { untyped: [EXT_PROC] },
      },
      '# mutation_rules':
        'Needed: nobody may change what frames or routes a message. The list is src/transports/envoy/envoy-owned.ts, but for content-length: it comes with a body that is replaced.',
      mutation_rules: extProcMutationRules(),
      '# route_cache_action': 'Needed: a route chosen anew behind this filter would be one that nobody judged.',
      route_cache_action: 'RETAIN',
    },
  };
}

/** That filter, left out where the answer of ext_authz says `reply: pass`. Without that answer it is not left out. */
export function matchedExtProcFilter(plan: EnvoyPlan): RemarkedMap {
  return {
    '#': 'Only for calls whose reply has to be judged or whose body has to be changed.',
    name: MATCH_DELEGATE,
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.common.matching.v3.ExtensionWithMatcher',
      extension_config: extProcFilter(plan),
      '# xds_matcher':
        'Needed in this sense: skipped on `pass`, never attached on something. What says nothing is judged.',
      xds_matcher: { matcher_list: { matchers: [skipOnPass()] } },
    },
  };
}

function skipOnPass(): RemarkedMap {
  return {
    predicate: {
      single_predicate: {
        input: {
          name: 'envoy.matching.inputs.dynamic_metadata',
          typed_config: {
            '@type': typeUrl('matching.common_inputs.network.v3.DynamicMetadataInput'),
            filter: EXT_AUTHZ,
            path: [{ key: 'reply' }],
          },
        },
        custom_match: {
          name: 'envoy.matching.matchers.metadata_matcher',
          typed_config: {
            '@type': typeUrl('matching.input_matchers.metadata.v3.Metadata'),
            value: { string_match: { exact: 'pass' } },
          },
        },
      },
    },
    on_match: {
      action: {
        name: 'skip',
        typed_config: { '@type': typeUrl('filters.common.matcher.action.v3.SkipFilter') },
      },
    },
  };
}
