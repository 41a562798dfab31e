/** Something in a configuration of Envoy that is dangerous, or keeps calls from being judged. */
export interface LintRule {
  /** error: what Sallyport decides can be passed by, changed or lost, or nothing can pass. warning: it may be meant. */
  readonly severity: 'error' | 'warning';
  /** What is wrong and what comes of it. */
  readonly why: string;
  /** What to write, as a sentence. */
  readonly write: string;
}

const error = (why: string, write: string): LintRule => ({ severity: 'error', why, write });
const warning = (why: string, write: string): LintRule => ({ severity: 'warning', why, write });

/** Every finding by its code, in the order of a request's way. */
export const LINT_RULES = {
  'door.none': error(
    'no HTTP connection manager asks Sallyport: there is neither ext_authz nor ext_proc.',
    'Add the filters of envoy/authorize.yaml, or name the file that has them.',
  ),
  'door.bypass': error(
    'this connection manager asks nobody, and forwards to a tool server that is guarded elsewhere.',
    'Add the filters here as well, or remove the route.',
  ),
  'door.off': error('the filter is switched off here: requests pass unjudged.', 'Remove `disabled`.'),
  'door.optional': error(
    'an optional filter is left out when Envoy does not know it: requests would pass unjudged.',
    'Remove `is_optional`.',
  ),
  'door.http': error('Sallyport speaks gRPC, not the HTTP form of this filter.', 'Use `grpc_service`.'),
  'door.dynamic': warning(
    'this part comes from elsewhere at run time, so it could not be looked over.',
    'Run sallyport envoy lint over what is served there as well.',
  ),

  'manager.remote-address': error(
    'without `use_remote_address` an agent’s own x-envoy-* and x-forwarded-for are believed.',
    'Write `use_remote_address: true`.',
  ),
  'manager.internal-addresses': error(
    'an agent at an internal address steers the router: its x-envoy-retry-on made one judged call six.',
    'Remove `internal_address_config`.',
  ),
  'manager.upgrades': error(
    'what follows an upgrade is bytes that nobody judges.',
    'Remove `upgrade_configs` and routes with `connect_matcher`.',
  ),
  'manager.client-certificates': error(
    'the agent’s own x-forwarded-client-cert passes.',
    'Write `forward_client_cert_details: SANITIZE` or `SANITIZE_SET`.',
  ),
  'manager.certificate-text': warning(
    'x-forwarded-client-cert says something of the certificate and does not hold it, so Sallyport cannot read it there.',
    'Write `set_current_client_cert_details: { cert: true }`, or `forward_client_cert_details: SANITIZE`.',
  ),
  'manager.trusted-hops': warning(
    'the address of the caller is taken from a header that somebody else wrote.',
    'Write `xff_num_trusted_hops: 0`, unless only proxies of yours reach this listener.',
  ),
  'manager.path': warning(
    'a path can be spelt in more than one way, and only one of them is the route of a server.',
    'Write `normalize_path: true` and `path_with_escaped_slashes_action: REJECT_REQUEST`.',
  ),
  'manager.underscores': warning(
    'a tool server that reads _ as - takes mcp_name for Mcp-Name.',
    'Write `headers_with_underscores_action: REJECT_REQUEST` in `common_http_protocol_options`.',
  ),
  'manager.local-replies': error(
    'this writes over every reply that Envoy makes, and a refusal of Sallyport is one: its text is lost.',
    'Filter by status and by `verdict: allowed` in the metadata of both filters, as envoy/authorize.yaml does.',
  ),
  'tls.mixed': error(
    'another TLS chain verifies client certificates and this one does not: tokens that are bound to one could be used here.',
    'Give each chain a `trusted_ca` and `require_client_certificate: true`, or keep `client_certificates: ignored`.',
  ),
  'tls.no-authority': error(
    'client certificates are asked for, and anybody’s are taken.',
    'Give `validation_context` a `trusted_ca`, and do not accept untrusted or expired ones.',
  ),
  'listener.proxy-protocol': warning(
    'the addresses of the caller and of what was dialled are what somebody writes in front of the request.',
    'Remove the filter, unless only load balancers of yours reach this listener; never have it with `server_from: original_destination`.',
  ),
  'listener.destination': warning(
    'chains match what agents dialled, and what they dialled before a redirect is not looked up: no chain would match.',
    'Add the listener filter `envoy.filters.listener.original_dst`.',
  ),
  'buffer.small': warning(
    'a body that has to be held is larger than this buffer: requests end with 413, replies with 500.',
    'Write `per_connection_buffer_limit_bytes` of at least the largest `max_body_bytes` and `max_reply_bytes`.',
  ),
  'buffer.lowers': warning(
    'this sets the buffer of both directions: replies that are held to be judged end with 500, or hang.',
    'Write at least `per_connection_buffer_limit_bytes` of the listener here.',
  ),

  'order.proc-first': error(
    'ext_proc stands before ext_authz, so it has no decision to work with.',
    'Put ext_authz first.',
  ),
  'order.changed-behind': error(
    'this filter stands behind Sallyport’s and can change what was judged, or where it goes.',
    'Put it before Sallyport’s filters, or remove it.',
  ),
  'order.unknown-behind': warning(
    'this filter stands behind Sallyport’s. Whether it changes what was judged is not known.',
    'Put it before Sallyport’s filters, unless it only looks.',
  ),

  'authz.failure-mode-allow': error(
    'requests pass when Sallyport cannot be asked.',
    'Write `failure_mode_allow: false`.',
  ),
  'authz.status-on-error': warning('an outage looks like a refusal.', 'Write `status_on_error: { code: 503 }`.'),
  'authz.some-requests': error(
    'not every request is asked about, or the answer is not heeded.',
    'Remove `filter_enabled`, `filter_enabled_metadata` and `shadow_mode`.',
  ),
  'authz.no-body': error(
    'Sallyport does not see the body, and refuses every call.',
    'Write `with_request_body` with `max_request_bytes`, `allow_partial_message: false`, `pack_as_bytes: true`.',
  ),
  'authz.partial-body': error(
    'part of a body is shown, and all of it is forwarded.',
    'Write `allow_partial_message: false`.',
  ),
  'authz.text-body': warning(
    'bytes that are not UTF-8 are changed before they are judged.',
    'Write `pack_as_bytes: true`.',
  ),
  'authz.joined-headers': error(
    'repeated header fields are joined, so Sallyport refuses every call.',
    'Write `encode_raw_headers: true`.',
  ),
  'authz.hidden-headers': error(
    'what Sallyport is not shown it cannot have removed: it reaches the tool server.',
    'Remove `allowed_headers` and `disallowed_headers`.',
  ),
  'authz.validate-mutations': error(
    'a value with a line break becomes a second header line.',
    'Write `validate_mutations: true`.',
  ),
  'authz.mutation-rules': error(
    'fields that frame or route a request may be changed: one body could be read as two requests.',
    'Write `decoder_header_mutation_rules` as envoy/authorize.yaml does.',
  ),
  'authz.mutations-ignored': warning(
    'a forbidden change is left out, and the request goes on without it.',
    'Write `disallow_is_error: true`.',
  ),
  'authz.mutations-needed': error(
    'header fields that Sallyport has to set or remove may not be changed: calls end with 500.',
    'Write `decoder_header_mutation_rules` as envoy/authorize.yaml does.',
  ),
  'authz.route-cache': error(
    'the route is chosen anew behind the decision: it could be one that nobody judged.',
    'Write `clear_route_cache: false`.',
  ),
  'authz.timeout': warning(
    'the time to answer is none, or so short that a busy CPU is an outage; the default is 200 ms.',
    'Write a `timeout` of one to ten seconds in `grpc_service`, above `decision.deadline_ms`.',
  ),

  'proc.failure-mode-allow': error(
    'requests and replies pass when Sallyport cannot be asked.',
    'Write `failure_mode_allow: false`.',
  ),
  'proc.status-on-error': warning('an outage looks like an error of Envoy.', 'Write `status_on_error: { code: 503 }`.'),
  'proc.only-watches': error(
    'Sallyport’s answers are not heeded.',
    'Remove `observability_mode` and `disable_immediate_response`.',
  ),
  'proc.headers': error(
    'Sallyport does not see the headers of requests or of replies.',
    'Write `request_header_mode: SEND` and `response_header_mode: SEND`.',
  ),
  'proc.bodies': error(
    'a body would leave before, or without, all of it having been judged, so Sallyport refuses every call.',
    'Write `request_body_mode: BUFFERED` and `response_body_mode: BUFFERED`.',
  ),
  'proc.trailers': error(
    'a request that ends in trailers instead of a body would pass unseen.',
    'Write `request_trailer_mode: SEND`.',
  ),
  'proc.mode-override': error(
    'Sallyport cannot ask for the bodies that it has to judge.',
    'Write `allow_mode_override: true`, and remove `allowed_override_modes` and `send_body_without_waiting_for_header_response`.',
  ),
  'proc.mutation-rules': error(
    'fields that frame or route a message may be changed.',
    'Write `mutation_rules` as envoy/authorize.yaml does.',
  ),
  'proc.mutations-ignored': warning(
    'a forbidden change is left out, and the message goes on without it.',
    'Write `disallow_is_error: true`.',
  ),
  'proc.mutations-needed': error(
    'header fields that Sallyport has to set or remove may not be changed: calls end with an error.',
    'Write `mutation_rules` as envoy/authorize.yaml does.',
  ),
  'proc.length': error(
    'a wrong content-length from ext_proc goes to the tool server: the rest of the body is the next agent’s request.',
    'Put header_mutation, removing content-length, and buffer behind ext_proc, as envoy/authorize.yaml does.',
  ),
  'proc.length-header': error(
    'Envoy keeps a length that need not be that of the body.',
    'Remove `allow_content_length_header`.',
  ),
  'proc.hidden-headers': error('what Sallyport is not shown it cannot have removed.', 'Remove `forward_rules`.'),
  'proc.route-cache': error(
    'the route is chosen anew behind the decision: it could be one that nobody judged.',
    'Write `route_cache_action: RETAIN`.',
  ),
  'proc.message-timeout': warning(
    'the time to answer is none, or so short that a busy CPU is an outage; the default is 200 ms.',
    'Write a `message_timeout` of one to ten seconds, above `decision.deadline_ms`.',
  ),
  'proc.stream-timeout': warning(
    'every event stream that is judged ends after this time.',
    'Write `timeout: 0s` in `grpc_service`.',
  ),
  'proc.metadata': error(
    'what ext_authz decided does not come along, so every judged call is refused.',
    'Write `forwarding_namespaces: { untyped: [envoy.filters.http.ext_authz] }` in `metadata_options`.',
  ),
  'proc.verdict': warning(
    'Envoy drops the verdict: refusals lose their text, and outcomes are not told.',
    'Write `receiving_namespaces: { untyped: [envoy.filters.http.ext_proc] }` in `metadata_options`.',
  ),
  'proc.route-name': error(
    'nothing tells Sallyport which server a request is for, so it refuses every call.',
    'Add `xds.route_name` to `request_attributes`.',
  ),
  'proc.destination': warning(
    'nothing tells Sallyport what agents dialled, so it refuses every call where that names the server.',
    'Add `destination.address` to `request_attributes`.',
  ),
  'proc.certificate': warning(
    'client certificates are verified, and Sallyport is not shown them.',
    'Add `connection.peer_certificate` to `request_attributes`.',
  ),
  'matcher.none': error(
    'ext_proc runs for every call, also where ext_authz said that nothing has to be judged: those are refused.',
    'Put it behind the matcher of envoy/authorize.yaml.',
  ),
  'matcher.skips': error(
    'the matcher can leave ext_proc out where ext_authz did not say `reply: pass`.',
    'Skip on exactly `reply: pass`, and do nothing on no match.',
  ),

  'route.no-server': error(
    'nothing tells Sallyport which server this route is for, so it refuses every call.',
    'Write `check_settings: { context_extensions: { server: NAME } }` for ext_authz on the route.',
  ),
  'route.no-name': error(
    'Sallyport knows the server by the name of the route, and this one has none.',
    'Write the server’s name as `name`.',
  ),
  'route.same-name': error(
    'two routes with one name lead to different tool servers: one would be judged by the other’s rules.',
    'Give each route the name of its own server.',
  ),
  'route.asks-elsewhere': warning(
    'this route asks another service than the rest.',
    'Remove `grpc_service` here, unless that is a Sallyport too.',
  ),
  'route.retries': error(
    'Envoy makes one judged call several, whatever its tool does.',
    'Remove `retry_on` and hedge policies; `retries` of the server in sallyport.yaml has Sallyport say which calls.',
  ),
  'route.mirror': error('the judged call goes to a second server as well.', 'Remove `request_mirror_policies`.'),
  'route.redirect': error(
    'Envoy follows a redirect of the tool server to a place that nobody judged.',
    'Remove `internal_redirect_policy`.',
  ),
  'route.reply-heads': warning(
    'nobody reads the replies to calls that pass: a challenge, redirect or cookie of the tool server would lead clients, and their tokens, elsewhere.',
    'Write `response_headers_to_remove` of envoy/authorize.yaml, all of it.',
  ),
  'route.chosen-by-agent': error('a header that the agent sends chooses where its call goes.', 'Use `cluster`.'),
  'route.wide': warning(
    'more paths than one lead here; Sallyport refuses all but the server’s `route`.',
    'Write `match: { path: … }`.',
  ),
  'route.timeout': warning(
    'replies are cut off after this time, event streams too; the default is 15 s.',
    'Write `timeout: 0s`.',
  ),

  'outcome.none': warning(
    'Sallyport does not learn what became of calls: their outcome is unknown.',
    'Add the access logger of envoy/authorize.yaml, or write `outcomes: none` on the listener.',
  ),
  'outcome.late': warning(
    'outcomes are collected first, come late, and are lost when Envoy ends.',
    'Write `buffer_size_bytes: 0`.',
  ),

  'cluster.unknown': warning('this cluster is not in the file.', 'Look whether it is served elsewhere, or misspelt.'),
  'cluster.cleartext': error(
    'Sallyport is asked over TCP without TLS: who is on the way, or takes its port, decides.',
    'Use a Unix socket in a directory of mode 0700, or TLS with a client certificate.',
  ),
  'cluster.no-certificate': error(
    'Sallyport closes the connection of whoever shows no certificate: every call is refused.',
    'Write `tls_certificates` with a certificate that has one of its `client_spiffe_ids`.',
  ),
  'cluster.wide-name': error(
    'whoever has any name of this kind may answer in Sallyport’s place.',
    'Write `matcher: { exact: … }` with its whole name.',
  ),
  'cluster.chosen-by-agent': error(
    'a header that the agent sends says where its call goes.',
    'Remove `use_http_header`.',
  ),
  'cluster.original-destination': warning(
    'Envoy dials whatever the agent dialled; nothing but Sallyport’s answer keeps it to the servers that it knows.',
    'Give each server a cluster of its own, as sallyport envoy render does for `server_from: original_destination`.',
  ),
  'cluster.unverified': error(
    'any certificate is taken for the other side’s.',
    'Give `validation_context` a `trusted_ca` and `match_typed_subject_alt_names`.',
  ),
  'cluster.http1': error('gRPC needs HTTP/2.', 'Write `explicit_http_config: { http2_protocol_options: {} }`.'),
  'cluster.few-requests': warning(
    'each judged event stream is a request here, and the default allows 1024: then everybody is refused.',
    'Raise `max_requests` in `circuit_breakers`.',
  ),

  'runtime.graceful-close': warning(
    'each stream to Sallyport is reset at its end, instead of being ended.',
    'Write `envoy.reloadable_features.ext_proc_graceful_grpc_close: true` in a static layer.',
  ),
  'runtime.spurious': error(
    'wrong answers of Sallyport would be taken for consent.',
    'Remove `envoy.reloadable_features.ext_proc_fail_close_spurious_resp`.',
  ),
  'admin.open': error(
    'Envoy’s administration can be reached from the network, and can change it.',
    'Use a Unix socket with `mode: 0600`.',
  ),
  'admin.port': warning(
    'every process of this host reaches Envoy’s administration, agents too.',
    'Use a Unix socket with `mode: 0600`.',
  ),
} as const satisfies Readonly<Record<string, LintRule>>;

export type LintCode = keyof typeof LINT_RULES;
