import type { JsonObject } from '../../kit/json.ts';

/** What is in use of one `envoy.data.accesslog.v3.HTTPAccessLogEntry`; proto/envoy/data/accesslog/v3 has the meaning. */
export interface AccessLogEntry {
  /** `decision_id` of our dynamic metadata; `undefined` when none of our answers reached Envoy. */
  readonly decisionId: string | undefined;
  /** Written while the exchange still runs: more will follow. */
  readonly intermediate: boolean;
  /** What the client got; `undefined` when Envoy sent no status. */
  readonly httpStatus: number | undefined;
  readonly responseFlags: ReadonlySet<ResponseFlag>;
  /** Why Envoy says that the answer was this one, such as `via_upstream`; `''` when it says nothing. */
  readonly responseCodeDetails: string;
  /** Bytes of the request's body. */
  readonly requestBytes: number;
  /** Bytes of the reply's body, as the client was sent it. */
  readonly replyBytes: number;
  /** From the first byte in to the last byte out; `undefined` when Envoy does not say. */
  readonly durationMs: number | undefined;
  /** Address of the tool server that Envoy tried last (`1.2.3.4:80`, `[::1]:80`, a path); `undefined` when it tried none. */
  readonly upstream: string | undefined;
  /** How often Envoy tried the tool server; 0 when it did not, or does not say. */
  readonly attempts: number;
  /** `filter_metadata` of our own two namespaces, `envoy.filters.http.ext_authz` and `envoy.filters.http.ext_proc`. */
  readonly metadata: ReadonlyMap<string, JsonObject>;
}

/** Fields of `envoy.data.accesslog.v3.ResponseFlags` that are in use. */
const FLAGS = [
  [2, 'no_healthy_upstream'],
  [3, 'upstream_request_timeout'],
  [4, 'local_reset'],
  [5, 'upstream_remote_reset'],
  [6, 'upstream_connection_failure'],
  [7, 'upstream_connection_termination'],
  [8, 'upstream_overflow'],
  [9, 'no_route_found'],
  [12, 'rate_limited'],
  [13, 'unauthorized_details'],
  [15, 'downstream_connection_termination'],
  [16, 'upstream_retry_limit_exceeded'],
  [17, 'stream_idle_timeout'],
  [20, 'upstream_max_stream_duration_reached'],
  [23, 'duration_timeout'],
  [24, 'upstream_protocol_error'],
  [25, 'no_cluster_found'],
  [26, 'overload_manager'],
  [27, 'dns_resolution_failure'],
  [28, 'downstream_remote_reset'],
] as const;

/** By the names that Envoy has for them. */
export type ResponseFlag = (typeof FLAGS)[number][1];

/** The flags by field number. */
export const RESPONSE_FLAGS: ReadonlyMap<number, ResponseFlag> = new Map(FLAGS);

/** The bytes are no StreamAccessLogsMessage that every parser reads alike. */
export interface AccessLogsRefused {
  readonly kind: 'refused';
  /** For the record; says nothing of the content. */
  readonly why: string;
}

export interface AccessLogs {
  readonly kind: 'logs';
  /** Of HTTP exchanges; none when the message is about TCP. */
  readonly entries: readonly AccessLogEntry[];
  /** Why each entry was passed over that could not be read: for the record, says nothing of the content. */
  readonly unreadable: readonly string[];
}
