import type { HeaderList } from '../../call/received.ts';
import { once } from '../envoy/once.ts';
import { checkHeaderNames, readHeaderMap } from '../envoy/read-header-map.ts';
import { readMapInto } from '../envoy/read-map.ts';
import { ProtobufError, type ProtobufReader } from '../grpc/protobuf-reader.ts';
import type { CheckHttp } from './check-request.ts';

/** `AttributeContext.HttpRequest`. */
export function readHttp(reader: ProtobufReader): CheckHttp {
  const text = { id: '', method: '', path: '', host: '', scheme: '', protocol: '' };
  let size = 0;
  let body: Uint8Array | undefined;
  let rawBody: Uint8Array | undefined;
  const map = new Map<string, string>();
  let list: HeaderList | undefined;
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
        list = once(list, reader.message(readHeaderMap));
        break;
      default:
        reader.skip();
    }
  }
  return { ...text, size, ...oneHeaderForm(map, list), body: oneBodyForm(body, rawBody) };
}

function oneHeaderForm(
  map: ReadonlyMap<string, string>,
  list: HeaderList | undefined,
): Pick<CheckHttp, 'headers' | 'headersFrom'> {
  if (list === undefined && map.size === 0) return { headers: [], headersFrom: 'none' };
  if (list !== undefined && map.size > 0) throw new ProtobufError('headers in both forms');
  if (list !== undefined) return { headers: list, headersFrom: 'list' };
  return { headers: checkHeaderNames([...map]), headersFrom: 'map' };
}

/** An empty field says nothing: proto3 does not tell it from an absent one. */
function oneBodyForm(body: Uint8Array | undefined, rawBody: Uint8Array | undefined): Uint8Array | undefined {
  const text = body?.length === 0 ? undefined : body;
  const raw = rawBody?.length === 0 ? undefined : rawBody;
  if (text !== undefined && raw !== undefined) throw new ProtobufError('body in both forms');
  return raw ?? text;
}
