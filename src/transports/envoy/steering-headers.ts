/** Request header fields by which Envoy's router is told, call by call, what to try again: an allow of ours may set these. */
export const RETRY_STEERING = [
  'x-envoy-retry-on',
  'x-envoy-max-retries',
  'x-envoy-upstream-rq-per-try-timeout-ms',
] as const;
export type RetrySteering = (typeof RETRY_STEERING)[number];

/** Those that steer it beyond that: nobody may set one, so Envoy removes them once more before it looks. */
export const FORBIDDEN_STEERING = [
  'x-envoy-retry-grpc-on',
  'x-envoy-retriable-status-codes',
  'x-envoy-retriable-header-names',
  'x-envoy-hedge-on-per-try-timeout',
  'x-envoy-upstream-rq-timeout-ms',
  'x-envoy-upstream-rq-timeout-alt-response',
  'x-envoy-upstream-alt-stat-name',
  'x-envoy-upstream-stream-duration-ms',
  'x-envoy-decorator-operation',
] as const;
