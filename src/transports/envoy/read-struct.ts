import type { JsonObject, JsonValue } from '../../kit/json.ts';
import { ProtobufError, ProtobufReader } from '../grpc/protobuf-reader.ts';
import { once } from './once.ts';
import { readMapInto } from './read-map.ts';

const MAX_DEPTH = 32;
const MAX_VALUES = 4096;

/** How many more values may come. */
export interface Room {
  values: number;
}

/** Room for what one message may hold of them. */
export function roomForValues(): Room {
  return { values: MAX_VALUES };
}

/** `filter_metadata` of an `envoy.config.core.v3.Metadata`: JSON by namespace. */
export function readFilterMetadata(reader: ProtobufReader): ReadonlyMap<string, JsonObject> {
  const namespaces = new Map<string, JsonObject>();
  const room = roomForValues();
  while (reader.next()) {
    if (reader.field === 1) readStructInto(namespaces, reader, room);
    else reader.skip();
  }
  return namespaces;
}

/**
 * The same of `wanted` namespaces only. What other filters wrote is not looked at: some of it comes from clients, and it may
 * be larger or stranger than what is read here.
 */
export function readMetadataOf(reader: ProtobufReader, wanted: readonly string[]): ReadonlyMap<string, JsonObject> {
  const unread = new Map<string, Uint8Array>();
  while (reader.next()) {
    if (reader.field === 1) readMapInto(unread, reader, (entry) => entry.bytes(), undefined);
    else reader.skip();
  }
  const room = roomForValues();
  const namespaces = new Map<string, JsonObject>();
  for (const name of wanted) {
    const bytes = unread.get(name);
    if (bytes !== undefined) namespaces.set(name, readFields(new ProtobufReader(bytes), room, 1));
  }
  return namespaces;
}

/** Reads one entry of a `map<string, google.protobuf.Struct>` into `map`. */
export function readStructInto(map: Map<string, JsonObject>, reader: ProtobufReader, room: Room): void {
  readMapInto(map, reader, (entry) => readStruct(entry, room, 1), undefined);
}

/** `google.protobuf.Struct`. */
function readStruct(reader: ProtobufReader, room: Room, depth: number): JsonObject {
  return reader.message(() => readFields(reader, room, depth));
}

function readFields(reader: ProtobufReader, room: Room, depth: number): JsonObject {
  const fields = new Map<string, JsonValue>();
  while (reader.next()) {
    if (reader.field === 1) readMapInto(fields, reader, (entry) => readValue(entry, room, depth), undefined);
    else reader.skip();
  }
  return fields;
}

/** `google.protobuf.ListValue`. */
function readList(reader: ProtobufReader, room: Room, depth: number): readonly JsonValue[] {
  const values: JsonValue[] = [];
  reader.message(() => {
    while (reader.next()) {
      if (reader.field === 1) values.push(readValue(reader, room, depth));
      else reader.skip();
    }
  });
  return values;
}

/** `google.protobuf.Value`: exactly one of its kinds. */
function readValue(reader: ProtobufReader, room: Room, depth: number): JsonValue {
  if (depth > MAX_DEPTH) throw new ProtobufError('metadata nested too deep');
  if (--room.values < 0) throw new ProtobufError('too much metadata');
  let value: JsonValue | undefined;
  reader.message(() => {
    while (reader.next()) {
      if (reader.field >= 1 && reader.field <= 6) value = once(value, readKind(reader, room, depth));
      else reader.skip();
    }
  });
  if (value === undefined) throw new ProtobufError('metadata value of no kind');
  return value;
}

function readKind(reader: ProtobufReader, room: Room, depth: number): JsonValue {
  switch (reader.field) {
    case 1:
      if (reader.bool()) throw new ProtobufError('null that is not 0');
      return null;
    case 2:
      return finite(reader.double());
    case 3:
      return reader.string();
    case 4:
      return reader.bool();
    case 5:
      return readStruct(reader, room, depth + 1);
    default:
      return readList(reader, room, depth + 1);
  }
}

function finite(value: number): number {
  if (!Number.isFinite(value)) throw new ProtobufError('number that JSON does not have');
  return value;
}
