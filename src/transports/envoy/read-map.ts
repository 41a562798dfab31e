import { ProtobufError, type ProtobufReader } from '../grpc/protobuf-reader.ts';
import { once } from './once.ts';

const MAX_ENTRIES = 512;

/**
 * Reads one entry of a `map<string, …>` into `map`: the last of equal keys wins, an absent key is empty, an absent value is
 * `absent`, or an error where that is `undefined`.
 */
export function readMapInto<V>(
  map: Map<string, V>,
  reader: ProtobufReader,
  readValue: (reader: ProtobufReader) => V,
  absent: V | undefined,
): void {
  let key: string | undefined;
  let value: { readonly of: V } | undefined;
  reader.message(() => {
    while (reader.next()) {
      if (reader.field === 1) key = once(key, reader.string());
      else if (reader.field === 2) value = once(value, { of: readValue(reader) });
      else reader.skip();
    }
  });
  const found = value === undefined ? absent : value.of;
  if (found === undefined) throw new ProtobufError('a map entry without its value');
  map.set(key ?? '', found);
  if (map.size > MAX_ENTRIES) throw new ProtobufError('too many entries of a map');
}
