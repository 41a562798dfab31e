import { DECISION_HEADER, TOLD_OF_REPLIES, TRIES_LOG } from '../../../transports/access-log/read-tries.ts';
import type { EnvoyPlan } from './envoy-plan.ts';
import { EXT_AUTHZ, EXT_PROC, typeUrl } from './filter-names.ts';
import type { RemarkedMap } from './remarked.ts';
import { grpcService } from './sallyport-cluster.ts';

/** Where Sallyport's words about a request are. */
function namespace({ wiring }: EnvoyPlan): string {
  return wiring === 'authorize' ? EXT_AUTHZ : EXT_PROC;
}

/** The operator's log, and Sallyport's. */
export function accessLogs(plan: EnvoyPlan): readonly RemarkedMap[] {
  return plan.outcomes ? [ownLog(plan), outcomeLog(plan)] : [ownLog(plan)];
}

function ownLog(plan: EnvoyPlan): RemarkedMap {
  const words = namespace(plan);
  return {
    name: 'envoy.access_loggers.stdout',
    // Signs of life are for Sallyport alone.
    filter: plan.outcomes ? { log_type_filter: { types: ['DownstreamPeriodic'], exclude: true } } : undefined,
    typed_config: {
      '@type': typeUrl('access_loggers.stream.v3.StdoutAccessLog'),
      log_format: {
        json_format: {
          time: '%START_TIME%',
          method: '%REQ(:METHOD)%',
          route: '%ROUTE_NAME%',
          status: '%RESPONSE_CODE%',
          details: '%RESPONSE_CODE_DETAILS%',
          '# decision_id': 'Refusals are HTTP 200 for most clients: tell them apart by details and verdict.',
          decision_id: `%DYNAMIC_METADATA(${words}:decision_id)%`,
          verdict: `%DYNAMIC_METADATA(${words}:verdict)%`,
          reply_verdict: plan.replies && words === EXT_AUTHZ ? `%DYNAMIC_METADATA(${EXT_PROC}:verdict)%` : undefined,
          duration_ms: '%DURATION%',
        },
      },
    },
  };
}

/** The router's log: an entry for each try to reach a tool server that failed, and for the others of calls that are traced. */
export function triesLog({ traced }: Pick<EnvoyPlan, 'traced'>): RemarkedMap {
  const sampled = { header_filter: { header: { name: 'traceparent', string_match: { suffix: '-01' } } } };
  return {
    '#': traced
      ? 'For spans and breakers: each try to reach a tool server, where the call is sampled or the try failed.'
      : 'For breakers: each try to reach a tool server that failed. Most calls are not told.',
    'name': 'envoy.access_loggers.http_grpc',
    'filter': {
      or_filter: {
        filters: [
          ...(traced ? [sampled] : []),
          {
            status_code_filter: {
              comparison: { op: 'GE', value: { default_value: 429, runtime_key: 'sallyport.tries' } },
            },
          },
          { response_flag_filter: {} },
        ],
      },
    },
    'typed_config': {
      '@type': typeUrl('access_loggers.grpc.v3.HttpGrpcAccessLogConfig'),
      'common_config': {
        log_name: TRIES_LOG,
        transport_api_version: 'V3',
        grpc_service: grpcService(),
        buffer_size_bytes: 0,
      },
      '# additional_request_headers_to_log': 'Needed: names the call. It is Sallyport that sets it.',
      'additional_request_headers_to_log': [DECISION_HEADER],
      'additional_response_headers_to_log': [TOLD_OF_REPLIES],
    },
  };
}

function outcomeLog(plan: EnvoyPlan): RemarkedMap {
  return {
    '#': 'Needed for the record: what became of each allowed call.',
    name: 'envoy.access_loggers.http_grpc',
    filter: {
      metadata_filter: {
        matcher: { filter: namespace(plan), path: [{ key: 'decision_id' }], value: { present_match: true } },
        '# match_if_key_not_found': 'What Sallyport knows nothing of is not told: anybody could make it talk.',
        match_if_key_not_found: false,
      },
    },
    typed_config: {
      '@type': typeUrl('access_loggers.grpc.v3.HttpGrpcAccessLogConfig'),
      common_config: {
        log_name: 'sallyport',
        transport_api_version: 'V3',
        grpc_service: grpcService(),
        '# buffer_size_bytes':
          'Needed: at once. By default outcomes come a second late, and are lost with the process.',
        buffer_size_bytes: 0,
      },
    },
  };
}
