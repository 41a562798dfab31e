import type { ProtobufReader } from '../grpc/protobuf-reader.ts';
import { once } from './once.ts';

/** One end of a connection. */
export type EnvoyAddress =
  | { readonly kind: 'socket'; readonly address: string; readonly port: number }
  | { readonly kind: 'pipe'; readonly path: string }
  | { readonly kind: 'internal'; readonly listener: string };

/** `envoy.config.core.v3.Address`, a choice of three. */
export function readAddress(reader: ProtobufReader): EnvoyAddress | undefined {
  let address: EnvoyAddress | undefined;
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

function readSocketAddress(reader: ProtobufReader): EnvoyAddress {
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
