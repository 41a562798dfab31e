import { ProtobufError, type ProtobufReader } from '../grpc/protobuf-reader.ts';
import type { CheckHttp } from './check-request.ts';
import { readMapInto } from './read-map.ts';

const MAX_HEADERS = 512;

/** Lower-case token characters, or a pseudo header (RFC 9110 §5.6.2, RFC 9113 §8.2). */
const HEADER_NAME = /^:?[a-z0-9!#$%&'*+.^_`|~-]+$/;

type Headers = (readonly [name: string, value: string])[];

/** `AttributeContext.HttpRequest`. */
export function readHttp(reader: ProtobufReader): CheckHttp {
  const text = { id: '', method: '', path: '', host: '', scheme: '', protocol: '' };
  let size = 0;
  let body: Uint8Array | undefined;
  let rawBody: Uint8Array | undefined;
  const map = new Map<string, string>();
  let list: Headers | undefined;
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        text.id = reader.string();
        break;
      case 2:
        text.method = reader.string();
        break;
      case 3:
        readMapInto(map, reader, (entry) => entry.latin1OfString(), '');
        break;
      case 4:
        text.path = reader.string();
        break;
      case 5:
        text.host = reader.string();
        break;
      case 6:
        text.scheme = reader.string();
        break;
      case 9:
        size = reader.int64();
        break;
      case 10:
        text.protocol = reader.string();
        break;
      case 11:
        body = reader.bytesOfString();
        break;
      case 12:
        rawBody = reader.bytes();
        break;
      case 13:
        list = readHeaderMap(list, reader);
        break;
      default:
        reader.skip();
    }
  }
  return { ...text, size, ...oneHeaderForm(map, list), body: oneBodyForm(body, rawBody) };
}

function oneHeaderForm(
  map: ReadonlyMap<string, string>,
  list: Headers | undefined,
): Pick<CheckHttp, 'headers' | 'headersFrom'> {
  if (list === undefined && map.size === 0) return { headers: [], headersFrom: 'none' };
  if (list !== undefined && map.size > 0) throw new ProtobufError('headers in both forms');
  const headers = list ?? [...map];
  if (headers.some(([name]) => !HEADER_NAME.test(name))) throw new ProtobufError('header name');
  return { headers, headersFrom: list === undefined ? 'map' : 'list' };
}

/** An empty field says nothing: proto3 does not tell it from an absent one. */
function oneBodyForm(body: Uint8Array | undefined, rawBody: Uint8Array | undefined): Uint8Array | undefined {
  const text = body?.length === 0 ? undefined : body;
  const raw = rawBody?.length === 0 ? undefined : rawBody;
  if (text !== undefined && raw !== undefined) throw new ProtobufError('body in both forms');
  return raw ?? text;
}

/** `envoy.config.core.v3.HeaderMap`. */
function readHeaderMap(before: Headers | undefined, reader: ProtobufReader): Headers {
  if (before !== undefined) throw new ProtobufError('a field that may be there once is there twice');
  const headers: Headers = [];
  reader.message(() => {
    while (reader.next()) {
      if (reader.field === 1) headers.push(reader.message(readHeaderValue));
      else reader.skip();
      if (headers.length > MAX_HEADERS) throw new ProtobufError('too many headers');
    }
  });
  return headers;
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
