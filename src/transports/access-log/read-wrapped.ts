import type { ProtobufReader } from '../grpc/protobuf-reader.ts';

/** `google.protobuf.UInt32Value`. */
export function readUint32Value(reader: ProtobufReader): number {
  let value = 0;
  while (reader.next()) {
    if (reader.field === 1) value = reader.uint32();
    else reader.skip();
  }
  return value;
}

/** `google.protobuf.Duration` in milliseconds; one that runs backwards is 0. */
export function readDurationMs(reader: ProtobufReader): number {
  let seconds = 0;
  let nanos = 0;
  while (reader.next()) {
    if (reader.field === 1) seconds = reader.int64();
    else if (reader.field === 2) nanos = reader.int32();
    else reader.skip();
  }
  return Math.max(0, seconds * 1000 + nanos / 1e6);
}
