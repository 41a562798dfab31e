import { ProtobufError, ProtobufReader } from './protobuf-reader.ts';

/** `service` of a `grpc.health.v1.HealthCheckRequest`; `undefined` when the bytes are none. */
export function readHealthRequest(bytes: Uint8Array): string | undefined {
  const reader = new ProtobufReader(bytes);
  let service = '';
  try {
    while (reader.next()) {
      if (reader.field === 1) service = reader.string();
      else reader.skip();
    }
    return service;
  } catch (error) {
    if (error instanceof ProtobufError) return undefined;
    throw error;
  }
}
