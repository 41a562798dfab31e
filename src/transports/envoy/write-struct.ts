import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../../kit/json.ts';
import type { ProtobufWriter } from '../grpc/protobuf-writer.ts';

/** Writes `object` as a `google.protobuf.Struct` in `field`. */
export function writeStruct(writer: ProtobufWriter, field: number, object: JsonObject): void {
  writer.message(field, () => {
    for (const [key, value] of object) {
      writer.message(1, () => {
        writer.string(1, key);
        writer.message(2, () => writeKind(writer, value));
      });
    }
  });
}

/** The field of a `google.protobuf.Value`. */
function writeKind(writer: ProtobufWriter, value: JsonValue): void {
  if (value === null) writer.varint(1, 0);
  else if (typeof value === 'number') writer.double(2, value);
  else if (typeof value === 'string') writer.string(3, value);
  else if (typeof value === 'boolean') writer.varint(4, value ? 1 : 0);
  else if (isJsonObject(value)) writeStruct(writer, 5, value);
  else if (isJsonArray(value)) writeList(writer, value);
}

function writeList(writer: ProtobufWriter, values: readonly JsonValue[]): void {
  writer.message(6, () => {
    for (const value of values) writer.message(1, () => writeKind(writer, value));
  });
}
