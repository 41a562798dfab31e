/** Paths of the gRPC methods that Envoy calls. */
export const CHECK = '/envoy.service.auth.v3.Authorization/Check';
export const PROCESS = '/envoy.service.ext_proc.v3.ExternalProcessor/Process';
export const ACCESS_LOGS = '/envoy.service.accesslog.v3.AccessLogService/StreamAccessLogs';
