import { accessLogs, triesLog } from './access-logs.ts';
import { duration, type EnvoyPlan } from './envoy-plan.ts';
import { extAuthzFilter } from './ext-authz-filter.ts';
import { extProcFilter, matchedExtProcFilter } from './ext-proc-filter.ts';
import { typeUrl } from './filter-names.ts';
import { lengthFilters, sizeFilter } from './length-filters.ts';
import { localReplies } from './local-replies.ts';
import type { RemarkedMap } from './remarked.ts';

/** Makes connection managers that differ in their routes alone: the rest is the same, and written once. */
export function connectionManagers(plan: EnvoyPlan): (routes: RemarkedMap) => RemarkedMap {
  const shared = {
    '@type': typeUrl('filters.network.http_connection_manager.v3.HttpConnectionManager'),
    'stat_prefix': 'agents',
    'codec_type': 'AUTO',
    ...whoIsTrusted(plan),
    ...whatIsRead(),
    ...howLong(plan),
    'access_log': accessLogs(plan),
    '# local_reply_config':
      'What Envoy itself answers has a JSON-RPC body, so that a client of MCP can read it. Needed: the filter. A refusal by Sallyport is a local reply too, and would else lose its text.',
    'local_reply_config': localReplies(),
  };
  const filters = [...doors(plan), router(plan)];
  return (routes) => ({
    name: 'envoy.filters.network.http_connection_manager',
    typed_config: { ...shared, route_config: routes, http_filters: filters },
  });
}

function whoIsTrusted({ forwardsCertificates }: EnvoyPlan): RemarkedMap {
  return {
    '# use_remote_address':
      'Needed: with them Envoy takes the agent for a stranger, so its x-envoy-* and x-forwarded-for steer nothing. There is no internal_address_config: an agent inside it could have one judged call made six times.',
    use_remote_address: true,
    xff_num_trusted_hops: 0,
    '# forward_client_cert_details':
      'Needed: what the agent claims about client certificates is removed, whoever it is.',
    forward_client_cert_details: forwardsCertificates ? 'SANITIZE_SET' : 'SANITIZE',
    '# set_current_client_cert_details': forwardsCertificates
      ? 'Needed: Sallyport reads the certificate itself, not what is said of it.'
      : undefined,
    set_current_client_cert_details: forwardsCertificates ? { cert: true } : undefined,
  };
}

function whatIsRead(): RemarkedMap {
  return {
    '# normalize_path': 'Needed: Sallyport compares the path that goes to the tool server. It has one spelling.',
    normalize_path: true,
    merge_slashes: false,
    path_with_escaped_slashes_action: 'REJECT_REQUEST',
    max_request_headers_kb: 60,
    common_http_protocol_options: {
      idle_timeout: '3600s',
      max_headers_count: 100,
      '# headers_with_underscores_action': 'Needed: a server that reads _ as - would take mcp_name for Mcp-Name.',
      headers_with_underscores_action: 'REJECT_REQUEST',
    },
    http2_protocol_options: {
      max_concurrent_streams: 100,
      initial_stream_window_size: 65536,
      initial_connection_window_size: 1048576,
    },
  };
}

function howLong({ servers, outcomes }: EnvoyPlan): RemarkedMap {
  return {
    request_headers_timeout: '10s',
    request_timeout: '30s',
    stream_idle_timeout: duration(Math.max(...servers.map(({ maxAgeMs }) => maxAgeMs))),
    drain_timeout: '10s',
    ...(outcomes ? signsOfLife() : {}),
  };
}

function signsOfLife(): RemarkedMap {
  return {
    '# access_log_options':
      'Needed for places to come free: of a call that is silent for three times as long Sallyport thinks that it is over (`report_within_ms`).',
    access_log_options: { access_log_flush_interval: '20s' },
  };
}

function doors(plan: EnvoyPlan): readonly RemarkedMap[] {
  if (plan.wiring === 'inspect') return [sizeFilter(plan), extProcFilter(plan), ...lengthFilters(plan)];
  return plan.replies
    ? [extAuthzFilter(plan), matchedExtProcFilter(plan), ...lengthFilters(plan)]
    : [extAuthzFilter(plan)];
}

function router(plan: EnvoyPlan): RemarkedMap {
  return {
    name: 'envoy.filters.http.router',
    typed_config: {
      '@type': typeUrl('filters.http.router.v3.Router'),
      'suppress_envoy_headers': true,
      'upstream_log': plan.traced || plan.triesCount ? [triesLog(plan)] : undefined,
    },
  };
}
