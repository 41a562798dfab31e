import type { ProtobufReader } from '../grpc/protobuf-reader.ts';
import type { CheckAddress, CheckPeer } from './check-request.ts';
import { once } from './once.ts';

export const NO_PEER: CheckPeer = { address: undefined, service: '', principal: '', certificate: '' };

/** `AttributeContext.Peer`. */
export function readPeer(reader: ProtobufReader): CheckPeer {
  let address: { readonly of: CheckAddress | undefined } | undefined;
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

/** `envoy.config.core.v3.Address`, a choice of three. */
function readAddress(reader: ProtobufReader): CheckAddress | undefined {
  let address: CheckAddress | undefined;
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        address = once(address, reader.message(readSocketAddress));
        break;
      case 2:
        address = once(address, { kind: 'pipe', path: reader.message(readFirstString) });
        break;
      case 3:
        address = once(address, { kind: 'internal', listener: reader.message(readFirstString) });
        break;
      default:
        reader.skip();
    }
  }
  return address;
}

function readSocketAddress(reader: ProtobufReader): CheckAddress {
  let address = '';
  let port = 0;
  while (reader.next()) {
    if (reader.field === 2) address = reader.string();
    else if (reader.field === 3) port = reader.uint32();
    else reader.skip();
  }
  return { kind: 'socket', address, port };
}

/** `Pipe.path` and `EnvoyInternalAddress.server_listener_name` are both field 1. */
function readFirstString(reader: ProtobufReader): string {
  let text = '';
  while (reader.next()) {
    if (reader.field === 1) text = reader.string();
    else reader.skip();
  }
  return text;
}
