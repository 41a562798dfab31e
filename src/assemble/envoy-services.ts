import type { Facts } from '../decision/facts.ts';
import { type AccessLogDoor, createAccessLogHandler } from '../transports/access-log/access-log-handler.ts';
import type { PortableReservations } from '../transports/envoy/envoy-door.ts';
import type { EnvoyServices } from '../transports/envoy/envoy-server.ts';
import type { ExtAuthzDoor } from '../transports/ext-authz/ext-authz-door.ts';
import { handleCheck } from '../transports/ext-authz/handle-check.ts';
import { createProcessHandler, type ProcessDoor } from '../transports/ext-proc/process-handler.ts';
import type { StreamHandler, UnaryHandler } from '../transports/grpc/server.ts';

const AUTHORIZATION = 'envoy.service.auth.v3.Authorization';
const EXTERNAL_PROCESSOR = 'envoy.service.ext_proc.v3.ExternalProcessor';
const ACCESS_LOG = 'envoy.service.accesslog.v3.AccessLogService';

/** What the services of one socket share. */
export interface ServedDoor<F extends Facts = Facts>
  extends ExtAuthzDoor<F>,
    ProcessDoor<F>,
    Pick<AccessLogDoor<F>, 'told' | 'onEvent' | 'onTry'> {
  readonly reservations?: PortableReservations;
}

/** The services of a listener. Envoy's access log is only taken where it is expected: else all of it would be unknown. */
export function envoyServices<F extends Facts>(door: ServedDoor<F>): EnvoyServices {
  const methods = new Map<string, UnaryHandler>();
  if (door.wiring === 'authorize') {
    methods.set(`/${AUTHORIZATION}/Check`, (request, call) => handleCheck(door, request, call));
  }
  const streams = new Map([[`/${EXTERNAL_PROCESSOR}/Process`, createProcessHandler(door)]]);
  const reports = new Map<string, StreamHandler>();
  if (door.outcomes === 'access_log') reports.set(`/${ACCESS_LOG}/StreamAccessLogs`, createAccessLogHandler(door));
  return { methods, streams, reports };
}
