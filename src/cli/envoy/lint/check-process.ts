import { BlockList } from 'node:net';
import type { EnvoyView } from './envoy-view.ts';
import { type Finding, when } from './finding.ts';
import type { Guarded } from './guarded.ts';
import type { Place } from './place.ts';

const GRACEFUL = 'envoy.reloadable_features.ext_proc_graceful_grpc_close';
const SPURIOUS = 'envoy.reloadable_features.ext_proc_fail_close_spurious_resp';

/** What holds for the whole process: runtime flags and administration. */
export function checkProcess({ root }: EnvoyView, guarded: readonly Guarded[]): readonly Finding[] {
  const streams = guarded.some(({ proc }) => proc !== undefined);
  const graceful = flags(root, GRACEFUL);
  return [
    ...when(streams && !graceful.some(({ isOn }) => isOn), 'runtime.graceful-close', graceful[0] ?? root),
    ...flags(root, SPURIOUS).flatMap((flag) => when(!flag.isOn, 'runtime.spurious', flag)),
    ...checkAdmin(root.at('admin', 'address', 'socket_address')),
  ];
}

/** A runtime flag in the static layers, where it is. */
function flags(root: Place, name: string): readonly Place[] {
  const layers = root.at('layered_runtime', 'layers').items();
  return layers.map((layer) => layer.at('static_layer', name)).filter(({ exists }) => exists);
}

function checkAdmin(socket: Place): readonly Finding[] {
  if (!socket.exists) return [];
  return when(true, isLoopback(socket.at('address').text ?? '') ? 'admin.port' : 'admin.open', socket);
}

function isLoopback(address: string): boolean {
  const loopback = new BlockList();
  loopback.addSubnet('127.0.0.0', 8);
  return address === '::1' || loopback.check(address);
}
