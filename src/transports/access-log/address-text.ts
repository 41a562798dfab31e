import type { EnvoyAddress } from '../envoy/read-address.ts';

/** `1.2.3.4:80`, `[::1]:80`, a path, or the name of a listener of Envoy's own. */
export function addressText(address: EnvoyAddress): string {
  switch (address.kind) {
    case 'socket':
      return address.address.includes(':')
        ? `[${address.address}]:${address.port}`
        : `${address.address}:${address.port}`;
    case 'pipe':
      return address.path;
    case 'internal':
      return address.listener;
  }
}
