import type { HeaderList } from '../../call/received.ts';
import { ProtobufError, type ProtobufReader } from '../grpc/protobuf-reader.ts';

const MAX_HEADERS = 512;

/** Lower-case token characters, or a pseudo header (RFC 9110 §5.6.2, RFC 9113 §8.2). */
const HEADER_NAME = /^:?[a-z0-9!#$%&'*+.^_`|~-]+$/;

/** `headers`, when each has a name that can be one. @throws ProtobufError when one has not. */
export function checkHeaderNames(headers: HeaderList): HeaderList {
  if (headers.some(([name]) => !HEADER_NAME.test(name))) throw new ProtobufError('header name');
  return headers;
}

/**
 * `envoy.config.core.v3.HeaderMap`: in order, names in lower case, pseudo headers included, each value a Latin-1 view of its
 * bytes (as node:http gives them).
 */
export function readHeaderMap(reader: ProtobufReader): HeaderList {
  const headers: (readonly [name: string, value: string])[] = [];
  while (reader.next()) {
    if (reader.field === 1) headers.push(reader.message(readHeaderValue));
    else reader.skip();
    if (headers.length > MAX_HEADERS) throw new ProtobufError('too many headers');
  }
  return checkHeaderNames(headers);
}

/** `envoy.config.core.v3.HeaderValue`: Envoy fills `raw_value`, gRPC as a caller `value` or, for binary, `raw_value`. */
function readHeaderValue(reader: ProtobufReader): readonly [name: string, value: string] {
  let name = '';
  let value = '';
  let raw = '';
  while (reader.next()) {
    if (reader.field === 1) name = reader.string();
    else if (reader.field === 2) value = reader.latin1OfString();
    else if (reader.field === 3) raw = reader.latin1();
    else reader.skip();
  }
  if (value !== '' && raw !== '') throw new ProtobufError('header value in both forms');
  return [name, raw === '' ? value : raw];
}
