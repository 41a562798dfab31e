import type { LintCode } from '../../src/cli/envoy/lint/lint-rules.ts';
import type { Wiring } from '../e2e/carriers.ts';

/** A shipped file with one thing wrong in it. */
export interface Fault {
  /** What is wrong, in a few words. */
  readonly fault: string;
  readonly code: LintCode;
  /** Default: authorize. */
  readonly wiring?: Wiring;
  readonly edit: (text: string) => string;
}

/** Replaces `from` where it first is. Throws when it is not there: the fault would not be. */
function swap(from: string | RegExp, to: string): (text: string) => string {
  return (text) => {
    const changed = text.replace(from, () => to);
    if (changed === text) throw new Error(`the file has no ${from}`);
    return changed;
  };
}

/** Writes `lines` before the line that has `mark` in it, at its indentation. */
function before(mark: string, ...lines: readonly string[]): (text: string) => string {
  return (text) => {
    const at = text.split('\n').findIndex((line) => line.includes(mark));
    if (at === -1) throw new Error(`the file has no ${mark}`);
    const all = text.split('\n');
    const indent = /^ */.exec(all[at] ?? '')?.[0] ?? '';
    return [...all.slice(0, at), ...lines.map((line) => indent + line), ...all.slice(at)].join('\n');
  };
}

function without(pattern: RegExp): (text: string) => string {
  return swap(pattern, '');
}

const PROC = '- name: envoy.filters.http.match_delegate';
const AUTHZ = '- name: envoy.filters.http.ext_authz';
const HTTP_FILTERS = 'http_filters:';
const LUA = [
  '- name: lua',
  '  typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua }',
];
const SOCKET = '{ pipe: { path: /run/sallyport/envoy.sock } }';
const TCP = '{ socket_address: { address: 127.0.0.1, port_value: 9001 } }';
const FILES_ROUTE = 'match: { path: /files }';
const ACTION = 'prefix_rewrite: /mcp';
/** The two filters of a shipped file in turn. */
const FILTERS = /( *)- name: envoy\.filters\.http\.ext_authz\n[\s\S]*?(?=\1# Only for calls)/;
const STDOUT_ONLY = /( *)# Needed for the record[\s\S]*?buffer_size_bytes: 0\n/;

/** Has Envoy ask over TLS, as it is rendered for a listener with `bind` and `tls`. */
function overTls(change: (text: string) => string = (text) => text): (text: string) => string {
  const names = 'match_typed_subject_alt_names: [ { san_type: URI, matcher: { exact: spiffe://acme/sallyport } } ]';
  const tls = [
    'transport_socket:',
    '  name: envoy.transport_sockets.tls',
    '  typed_config:',
    '    "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext',
    '    common_tls_context:',
    '      alpn_protocols: [ h2 ]',
    '      tls_certificates: [ { certificate_chain: { filename: a.pem }, private_key: { filename: a.key } } ]',
    `      validation_context: { trusted_ca: { filename: ca.pem }, ${names} }`,
  ];
  return (text) => change(before('# Keeps a second socket', ...tls)(swap(SOCKET, TCP)(text)));
}

/** Has connections come that were redirected. */
export function redirected(change: (text: string) => string = (text) => text): (text: string) => string {
  const filter = 'type.googleapis.com/envoy.extensions.filters.listener.original_dst.v3.OriginalDst';
  const lines = [`listener_filters: [ { name: original_dst, typed_config: { "@type": ${filter} } } ]`];
  return (text) => {
    const first = before('filter_chains:', ...lines)(text);
    // The second listener has the same manager.
    const second = first.lastIndexOf('      filter_chains:');
    return change(`${first.slice(0, second)}      ${lines.join()}\n${first.slice(second)}`);
  };
}

/** The files as they are for other set-ups, with nothing wrong in them. */
export const FORMS: readonly (readonly [string, (text: string) => string])[] = [
  ['is asked over TLS', overTls()],
  ['gets redirected connections', redirected()],
];

/** The faults that `sallyport envoy lint` finds: one at least for each code. */
export const FAULTS: readonly Fault[] = [
  {
    fault: 'asks nobody',
    code: 'door.none',
    edit: without(/( *)- name: envoy\.filters\.http\.ext_authz\n[\s\S]*?(?=\1- name: envoy\.filters\.http\.router)/),
  },
  {
    fault: 'has a second listener without filters',
    code: 'door.bypass',
    edit: before(
      '# Agents with client certificates',
      '- name: back-door',
      '  address: { socket_address: { address: 127.0.0.1, port_value: 9900 } }',
      '  filter_chains:',
      '    - filters:',
      '        - name: http',
      '          typed_config:',
      '            "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
      '            stat_prefix: back',
      '            route_config:',
      '              virtual_hosts: [ { name: b, domains: [ "*" ], routes: [ { match: { prefix: / }, route: { cluster: files } } ] } ]',
    ),
  },
  {
    fault: 'leaves a route out',
    code: 'door.off',
    edit: swap('check_settings: { context_extensions: { server: files } }', 'disabled: true'),
  },
  {
    fault: 'switches the filter off',
    code: 'door.off',
    edit: swap(AUTHZ, `${AUTHZ}\n                    disabled: true`),
  },
  {
    fault: 'calls the filter optional',
    code: 'door.optional',
    edit: swap(AUTHZ, `${AUTHZ}\n                    is_optional: true`),
  },
  {
    fault: 'asks by HTTP',
    code: 'door.http',
    edit: swap(
      /grpc_service:\n.*cluster_name: sallyport.*\n.*timeout: 2\.5s/,
      'http_service: { server_uri: { uri: "http://a", cluster: sallyport, timeout: 1s } }',
    ),
  },
  {
    fault: 'gets its routes elsewhere',
    code: 'door.dynamic',
    edit: before(HTTP_FILTERS, 'rds: { route_config_name: agents }'),
  },
  {
    fault: 'believes the agent about its address',
    code: 'manager.remote-address',
    edit: without(/ *use_remote_address: true\n/),
  },
  {
    fault: 'calls agents internal',
    code: 'manager.internal-addresses',
    edit: before(
      'xff_num_trusted_hops',
      'internal_address_config: { cidr_ranges: [ { address_prefix: 10.0.0.0, prefix_len: 8 } ] }',
    ),
  },
  {
    fault: 'lets agents upgrade',
    code: 'manager.upgrades',
    edit: before(HTTP_FILTERS, 'upgrade_configs: [ { upgrade_type: websocket } ]'),
  },
  {
    fault: 'lets agents upgrade on a route',
    code: 'manager.upgrades',
    edit: before(ACTION, 'upgrade_configs: [ { upgrade_type: websocket } ]'),
  },
  {
    fault: 'passes certificates in a header',
    code: 'manager.client-certificates',
    edit: swap('SANITIZE', 'APPEND_FORWARD'),
  },
  {
    fault: 'trusts a hop',
    code: 'manager.trusted-hops',
    edit: swap('xff_num_trusted_hops: 0', 'xff_num_trusted_hops: 1'),
  },
  { fault: 'leaves paths as they are spelt', code: 'manager.path', edit: without(/ *normalize_path: true\n/) },
  {
    fault: 'decodes slashes',
    code: 'manager.path',
    edit: swap(
      'path_with_escaped_slashes_action: REJECT_REQUEST',
      'path_with_escaped_slashes_action: UNESCAPE_AND_FORWARD',
    ),
  },
  {
    fault: 'lets underscores pass',
    code: 'manager.underscores',
    edit: swap('headers_with_underscores_action: REJECT_REQUEST', 'headers_with_underscores_action: ALLOW'),
  },
  {
    fault: 'writes over refusals',
    code: 'manager.local-replies',
    edit: swap(/( *)- metadata_filter:\n(?:\1 .*\n)+/, ''),
  },
  {
    fault: 'writes over refusals of one filter',
    code: 'manager.local-replies',
    edit: swap(/value: \{ string_match: \{ exact: allowed \} \}/, 'value: { present_match: true }'),
  },
  {
    fault: 'writes over everything',
    code: 'manager.local-replies',
    edit: before('mappers:', 'body_format: { text_format_source: { inline_string: "no" } }'),
  },
  {
    fault: 'verifies certificates on one of two chains',
    code: 'tls.mixed',
    edit: before(
      '- transport_socket:',
      '- transport_socket:',
      '    name: tls',
      '    typed_config:',
      '      "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext',
      '      common_tls_context: {}',
    ),
  },
  {
    fault: 'takes anybody’s certificate',
    code: 'tls.no-authority',
    edit: swap(/ *validation_context: \{ trusted_ca: .*agents-ca.*\n/, ''),
  },
  {
    fault: 'takes untrusted certificates',
    code: 'tls.no-authority',
    edit: swap(
      'validation_context: { trusted_ca',
      'validation_context: { trust_chain_verification: ACCEPT_UNTRUSTED, trusted_ca',
    ),
  },
  {
    fault: 'holds less than the largest body',
    code: 'buffer.small',
    edit: (text) =>
      text.replaceAll('per_connection_buffer_limit_bytes: 8388608', 'per_connection_buffer_limit_bytes: 1048576'),
  },
  {
    fault: 'holds less in a filter',
    code: 'buffer.lowers',
    edit: swap('max_request_bytes: 8388608', 'max_request_bytes: 2097152'),
  },
  {
    fault: 'holds less on a route',
    code: 'buffer.lowers',
    edit: before(FILES_ROUTE, 'request_body_buffer_limit: 2097152'),
  },
  {
    fault: 'has ext_proc first',
    code: 'order.proc-first',
    edit: (text) => {
      const authz = FILTERS.exec(text)?.[0] ?? '';
      return swap(
        '                  # Needed, with the next one',
        `${authz}                  # Needed, with the next one`,
      )(swap(FILTERS, '')(text));
    },
  },
  { fault: 'runs a script behind the decision', code: 'order.changed-behind', edit: before(PROC, ...LUA) },
  {
    fault: 'changes header fields behind the decision',
    code: 'order.changed-behind',
    edit: before(
      PROC,
      '- name: more',
      '  typed_config:',
      '    "@type": type.googleapis.com/envoy.extensions.filters.http.header_mutation.v3.HeaderMutation',
      '    mutations: { request_mutations: [ { remove: x } ] }',
    ),
  },
  {
    fault: 'has a filter behind that nobody knows',
    code: 'order.unknown-behind',
    edit: before(PROC, '- name: own', '  typed_config: { "@type": type.googleapis.com/acme.Own }'),
  },
  {
    fault: 'passes what cannot be asked',
    code: 'authz.failure-mode-allow',
    edit: swap('failure_mode_allow: false', 'failure_mode_allow: true'),
  },
  {
    fault: 'passes what cannot be asked, in another word',
    code: 'authz.failure-mode-allow',
    edit: swap('failure_mode_allow: false', 'failureModeAllow: on'),
  },
  {
    fault: 'answers outages like refusals',
    code: 'authz.status-on-error',
    edit: swap('status_on_error: { code: 503 }', 'status_on_error: { code: 403 }'),
  },
  {
    fault: 'asks about some requests',
    code: 'authz.some-requests',
    edit: before('encode_raw_headers', 'filter_enabled: { default_value: { numerator: 50 } }'),
  },
  { fault: 'shows no body', code: 'authz.no-body', edit: without(/ *with_request_body:\n(?: .*\n){3}/) },
  {
    fault: 'shows no body on a route',
    code: 'authz.no-body',
    edit: swap('check_settings: {', 'check_settings: { disable_request_body_buffering: true,'),
  },
  {
    fault: 'shows part of a body',
    code: 'authz.partial-body',
    edit: swap('allow_partial_message: false', 'allow_partial_message: true'),
  },
  { fault: 'shows bodies as text', code: 'authz.text-body', edit: swap('pack_as_bytes: true', 'pack_as_bytes: false') },
  { fault: 'joins header fields', code: 'authz.joined-headers', edit: without(/ *encode_raw_headers: true\n/) },
  {
    fault: 'hides header fields',
    code: 'authz.hidden-headers',
    edit: before('encode_raw_headers', 'disallowed_headers: { patterns: [ { exact: cookie } ] }'),
  },
  {
    fault: 'does not look at mutations',
    code: 'authz.validate-mutations',
    edit: swap('validate_mutations: true', 'validate_mutations: false'),
  },
  {
    fault: 'has no mutation rules',
    code: 'authz.mutation-rules',
    edit: without(/ *decoder_header_mutation_rules:\n(?: .*\n){4}/),
  },
  { fault: 'lets the length be changed', code: 'authz.mutation-rules', edit: swap('|content-length|', '|') },
  {
    fault: 'has rules with a bad expression',
    code: 'authz.mutation-rules',
    edit: swap('^(:.*|connection|content-length', '^((:.*|connection|content-length'),
  },
  {
    fault: 'leaves forbidden changes out',
    code: 'authz.mutations-ignored',
    edit: swap('disallow_is_error: true', 'disallow_is_error: false'),
  },
  {
    fault: 'forbids what is needed',
    code: 'authz.mutations-needed',
    edit: swap('disallow_is_error: true', 'disallow_is_error: true\n                        disallow_all: true'),
  },
  {
    fault: 'chooses the route anew',
    code: 'authz.route-cache',
    edit: swap('clear_route_cache: false', 'clear_route_cache: true'),
  },
  { fault: 'waits a moment only', code: 'authz.timeout', edit: swap('timeout: 2.5s', 'timeout: 0.1s') },
  { fault: 'waits as long as Envoy likes', code: 'authz.timeout', edit: without(/ *timeout: 2\.5s\n/) },
  {
    fault: 'passes what ext_proc cannot be asked',
    code: 'proc.failure-mode-allow',
    wiring: 'inspect',
    edit: swap('failure_mode_allow: false', 'failure_mode_allow: true'),
  },
  {
    fault: 'answers outages of ext_proc by 500',
    code: 'proc.status-on-error',
    wiring: 'inspect',
    edit: without(/ *status_on_error: .*\n/),
  },
  {
    fault: 'only watches',
    code: 'proc.only-watches',
    wiring: 'inspect',
    edit: before('message_timeout', 'observability_mode: true'),
  },
  {
    fault: 'heeds no immediate response',
    code: 'proc.only-watches',
    wiring: 'inspect',
    edit: before('message_timeout', 'disable_immediate_response: true'),
  },
  {
    fault: 'skips the headers of replies',
    code: 'proc.headers',
    wiring: 'inspect',
    edit: swap('response_header_mode: SEND', 'response_header_mode: SKIP'),
  },
  {
    fault: 'streams request bodies',
    code: 'proc.bodies',
    wiring: 'inspect',
    edit: swap('request_body_mode: BUFFERED', 'request_body_mode: STREAMED'),
  },
  {
    fault: 'shows part of request bodies',
    code: 'proc.bodies',
    wiring: 'inspect',
    edit: swap('request_body_mode: BUFFERED', 'request_body_mode: 3'),
  },
  {
    fault: 'skips trailers',
    code: 'proc.trailers',
    wiring: 'inspect',
    edit: swap('request_trailer_mode: SEND', 'request_trailer_mode: SKIP'),
  },
  {
    fault: 'allows no mode override',
    code: 'proc.mode-override',
    wiring: 'inspect',
    edit: without(/ *allow_mode_override: true\n/),
  },
  {
    fault: 'has no mutation rules for ext_proc',
    code: 'proc.mutation-rules',
    wiring: 'inspect',
    edit: without(/ *mutation_rules:\n(?: .*\n){4}/),
  },
  {
    fault: 'leaves forbidden changes of ext_proc out',
    code: 'proc.mutations-ignored',
    wiring: 'inspect',
    edit: swap('disallow_is_error: true', 'disallow_is_error: false'),
  },
  {
    fault: 'forbids what ext_proc needs',
    code: 'proc.mutations-needed',
    wiring: 'inspect',
    edit: swap('allow_envoy: true', 'allow_envoy: false'),
  },
  {
    fault: 'does not count lengths',
    code: 'proc.length',
    wiring: 'inspect',
    edit: without(/ *# Needed, with the next one[\s\S]*?max_request_bytes: 8388608\n/),
  },
  {
    fault: 'keeps lengths',
    code: 'proc.length-header',
    wiring: 'inspect',
    edit: before('message_timeout', 'allow_content_length_header: true'),
  },
  {
    fault: 'hides header fields from ext_proc',
    code: 'proc.hidden-headers',
    wiring: 'inspect',
    edit: before('message_timeout', 'forward_rules: { disallowed_headers: { patterns: [ { exact: cookie } ] } }'),
  },
  {
    fault: 'lets ext_proc choose the route anew',
    code: 'proc.route-cache',
    wiring: 'inspect',
    edit: swap('route_cache_action: RETAIN', 'route_cache_action: CLEAR'),
  },
  {
    fault: 'gives a message no time',
    code: 'proc.message-timeout',
    wiring: 'inspect',
    edit: swap('message_timeout: 2.5s', 'message_timeout: 0s'),
  },
  {
    fault: 'ends streams by the clock',
    code: 'proc.stream-timeout',
    wiring: 'inspect',
    edit: swap(/timeout: 0s(?=\n *# Needed: nothing passes)/, 'timeout: 5s'),
  },
  { fault: 'keeps the decision from ext_proc', code: 'proc.metadata', edit: without(/ *forwarding_namespaces: .*\n/) },
  { fault: 'drops the verdict', code: 'proc.verdict', edit: without(/ *receiving_namespaces: .*\n/) },
  {
    fault: 'does not tell the route',
    code: 'proc.route-name',
    wiring: 'inspect',
    edit: without(/ *- xds\.route_name\n/),
  },
  {
    fault: 'does not show certificates',
    code: 'proc.certificate',
    wiring: 'inspect',
    edit: without(/ *- connection\.peer_certificate\n/),
  },
  { fault: 'has no matcher', code: 'matcher.none', edit: without(/ *# Needed in this sense[\s\S]*?SkipFilter\n/) },
  {
    fault: 'skips on anything else than pass',
    code: 'matcher.skips',
    edit: swap('value: { string_match: { exact: pass } }', 'value: { string_match: { exact: judge } }'),
  },
  {
    fault: 'skips when nothing is said',
    code: 'matcher.skips',
    edit: before(
      'matcher_list:',
      'on_no_match: { action: { name: skip, typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.common.matcher.action.v3.SkipFilter } } }',
    ),
  },
  {
    fault: 'names no server',
    code: 'route.no-server',
    edit: swap('context_extensions: { server: files }', 'context_extensions: { other: files }'),
  },
  {
    fault: 'has a route without name',
    code: 'route.no-name',
    wiring: 'inspect',
    edit: swap(/- name: files\n *# Exact/, '- # Exact'),
  },
  {
    fault: 'has two routes of one name',
    code: 'route.same-name',
    wiring: 'inspect',
    edit: before(
      '# Where clients learn',
      '- name: files',
      '  match: { path: /other }',
      '  route: { cluster: sallyport, timeout: 0s }',
    ),
  },
  {
    fault: 'asks elsewhere on a route',
    code: 'route.asks-elsewhere',
    edit: swap('check_settings: {', 'check_settings: { grpc_service: { envoy_grpc: { cluster_name: sallyport } },'),
  },
  {
    fault: 'retries',
    code: 'route.retries',
    edit: (text) => text.replace(/^( +)num_retries: 0$/m, '$1retry_on: 5xx\n$1num_retries: 3'),
  },
  {
    fault: 'retries on the whole host',
    code: 'route.retries',
    edit: before('domains:', 'retry_policy: { retry_on: 5xx }'),
  },
  {
    fault: 'mirrors calls',
    code: 'route.mirror',
    edit: before(ACTION, 'request_mirror_policies: [ { cluster: files } ]'),
  },
  { fault: 'follows redirects', code: 'route.redirect', edit: before(ACTION, 'internal_redirect_policy: {}') },
  {
    fault: 'lets the agent choose the cluster',
    code: 'route.chosen-by-agent',
    edit: swap(/cluster: files\n/, 'cluster_header: x-tool\n'),
  },
  { fault: 'serves every path below', code: 'route.wide', edit: swap(FILES_ROUTE, 'match: { prefix: /files }') },
  { fault: 'cuts replies off', code: 'route.timeout', edit: without(/ *timeout: 0s\n(?= *idle)/) },
  { fault: 'tells no outcomes', code: 'outcome.none', edit: without(STDOUT_ONLY) },
  { fault: 'tells outcomes late', code: 'outcome.late', edit: without(/ *buffer_size_bytes: 0\n/) },
  {
    fault: 'asks a cluster that is not there',
    code: 'cluster.unknown',
    edit: swap('cluster: files\n', 'cluster: flies\n'),
  },
  {
    fault: 'asks over TCP',
    code: 'cluster.cleartext',
    edit: swap(SOCKET, TCP),
  },
  {
    fault: 'shows Sallyport no certificate',
    code: 'cluster.no-certificate',
    edit: overTls(without(/ *tls_certificates: .*a\.pem.*\n/)),
  },
  {
    fault: 'takes all of a domain for Sallyport',
    code: 'cluster.wide-name',
    edit: overTls(swap('exact: spiffe://acme/sallyport', 'prefix: spiffe://acme/')),
  },
  {
    fault: 'takes any certificate for that of Sallyport',
    code: 'cluster.unverified',
    edit: overTls(without(/, match_typed_subject_alt_names: .*(?= })/)),
  },
  {
    fault: 'takes an expired certificate for that of Sallyport',
    code: 'cluster.unverified',
    edit: overTls(
      swap('trusted_ca: { filename: ca.pem },', 'trusted_ca: { filename: ca.pem }, allow_expired_certificate: true,'),
    ),
  },
  {
    fault: 'has the agent say where it goes',
    code: 'cluster.chosen-by-agent',
    edit: redirected(
      swap(
        /- name: files\n *type: STATIC/,
        '- name: files\n      type: ORIGINAL_DST\n      lb_policy: CLUSTER_PROVIDED\n      original_dst_lb_config: { use_http_header: true }',
      ),
    ),
  },
  {
    fault: 'dials what the agent dialled',
    code: 'cluster.original-destination',
    edit: redirected(
      swap(
        /- name: files\n *type: STATIC/,
        '- name: files\n      type: ORIGINAL_DST\n      lb_policy: CLUSTER_PROVIDED',
      ),
    ),
  },
  {
    fault: 'believes somebody about what was dialled',
    code: 'listener.proxy-protocol',
    edit: before(
      'filter_chains:',
      'listener_filters: [ { name: p, typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol } } ]',
    ),
  },
  {
    fault: 'tells what was dialled apart and does not look it up',
    code: 'listener.destination',
    edit: swap(
      'filter_chains:\n        - filters:',
      'filter_chains:\n        - filter_chain_match: { destination_port: 3001 }\n          filters:',
    ),
  },
  {
    fault: 'does not tell what was dialled',
    code: 'proc.destination',
    wiring: 'inspect',
    edit: redirected(without(/ *- destination\.address\n/)),
  },
  {
    fault: 'lets a tool server send clients to log in elsewhere',
    code: 'route.reply-heads',
    edit: without(/ *- www-authenticate\n/),
  },
  {
    fault: 'says something of certificates in a header',
    code: 'manager.certificate-text',
    edit: swap('forward_client_cert_details: SANITIZE', 'forward_client_cert_details: SANITIZE_SET'),
  },
  {
    fault: 'takes any certificate of a tool server',
    code: 'cluster.unverified',
    edit: (text) =>
      text.replace(
        /( {6})circuit_breakers:\n( {8}thresholds: \[ \{ max_connections: 256)/,
        '$1transport_socket: { name: tls, typed_config: { "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext } }\n$1circuit_breakers:\n$2',
      ),
  },
  {
    fault: 'speaks HTTP/1 with Sallyport',
    code: 'cluster.http1',
    edit: swap('http2_protocol_options: { enable_huffman_encoding: false }', 'http_protocol_options: {}'),
  },
  {
    fault: 'allows few streams',
    code: 'cluster.few-requests',
    edit: swap('max_requests: 100000', 'max_requests: 1024'),
  },
  {
    fault: 'resets streams',
    code: 'runtime.graceful-close',
    edit: swap('ext_proc_graceful_grpc_close: true', 'ext_proc_graceful_grpc_close: false'),
  },
  {
    fault: 'takes wrong answers for consent',
    code: 'runtime.spurious',
    edit: before(
      'envoy.reloadable_features.ext_proc_graceful',
      'envoy.reloadable_features.ext_proc_fail_close_spurious_resp: false',
    ),
  },
  {
    fault: 'opens its administration to the network',
    code: 'admin.open',
    edit: swap(
      /address: \{ pipe: .*admin\.sock.*\}/,
      'address: { socket_address: { address: 0.0.0.0, port_value: 9901 } }',
    ),
  },
  {
    fault: 'opens its administration to this host',
    code: 'admin.port',
    edit: swap(
      /address: \{ pipe: .*admin\.sock.*\}/,
      'address: { socket_address: { address: 127.0.0.1, port_value: 9901 } }',
    ),
  },
];
