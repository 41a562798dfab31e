import type { ProtobufReader } from '../grpc/protobuf-reader.ts';
import type { EnvoyPeer } from '../envoy/envoy-peer.ts';
import { once } from '../envoy/once.ts';
import { type EnvoyAddress, readAddress } from '../envoy/read-address.ts';

export const NO_PEER: EnvoyPeer = { address: undefined, service: '', principal: '', certificate: '' };

/** `AttributeContext.Peer`. */
export function readPeer(reader: ProtobufReader): EnvoyPeer {
  let address: { readonly of: EnvoyAddress | undefined } | undefined;
  let service = '';
  let principal = '';
  let certificate = '';
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        address = once(address, { of: reader.message(readAddress) });
        break;
      case 2:
        service = reader.string();
        break;
      case 4:
        principal = reader.string();
        break;
      case 5:
        certificate = reader.string();
        break;
      default:
        reader.skip();
    }
  }
  return { address: address?.of, service, principal, certificate };
}
