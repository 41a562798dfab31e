import type { LoadedConfig } from '../config/load.ts';
import { endpointOf } from '../config/loopback.ts';
import type { EnvoyDoorAddress } from '../transports/envoy/envoy-server.ts';
import type { ExtAuthzListenerConfig } from '../transports/ext-authz/config.ts';
import type { ExtProcListenerConfig } from '../transports/ext-proc/config.ts';
import type { GrpcTls } from '../transports/grpc/grpc-server.ts';

/**
 * Where a listener is asked.
 *
 * @param files What `tls` of the listener names.
 * @throws when it is neither a socket nor TLS, which is no address for such a listener.
 */
export function envoyAddressOf(
  { socket, bind, tls }: ExtAuthzListenerConfig | ExtProcListenerConfig,
  files: GrpcTls | undefined,
  { pathOf }: Pick<LoadedConfig, 'pathOf'>,
): EnvoyDoorAddress {
  if (socket !== undefined) return { kind: 'socket', path: pathOf(socket) };
  if (bind === undefined || tls === undefined || files === undefined) throw new Error('neither a socket nor TLS');
  return { kind: 'tls', ...endpointOf(bind), tls: files, clients: tls.client_spiffe_ids };
}
