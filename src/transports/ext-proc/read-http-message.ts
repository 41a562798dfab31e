import type { HeaderList } from '../../call/received.ts';
import { once } from '../envoy/once.ts';
import { readHeaderMap } from '../envoy/read-header-map.ts';
import { ProtobufError, type ProtobufReader } from '../grpc/protobuf-reader.ts';
import { BODY_MODES, type BodyMode } from './mode-override.ts';
import type { ProtocolConfig } from './processing-request.ts';

interface HttpHeaders {
  readonly headers: HeaderList;
  readonly endOfStream: boolean;
}

interface HttpBody {
  readonly body: Uint8Array;
  readonly endOfStream: boolean;
}

const NO_BYTES = Buffer.alloc(0);

/** `envoy.service.ext_proc.v3.HttpHeaders`. */
export function readHttpHeaders(reader: ProtobufReader): HttpHeaders {
  let headers: HeaderList | undefined;
  let endOfStream = false;
  while (reader.next()) {
    if (reader.field === 1) headers = once(headers, reader.message(readHeaderMap));
    else if (reader.field === 3) endOfStream = reader.bool();
    else reader.skip();
  }
  return { headers: headers ?? [], endOfStream };
}

/** `envoy.service.ext_proc.v3.HttpBody`. */
export function readHttpBody(reader: ProtobufReader): HttpBody {
  let body: Uint8Array = NO_BYTES;
  let endOfStream = false;
  while (reader.next()) {
    if (reader.field === 1) body = reader.bytes();
    else if (reader.field === 2) endOfStream = reader.bool();
    else reader.skip();
  }
  return { body, endOfStream };
}

/** `envoy.service.ext_proc.v3.HttpTrailers`, of which nothing is in use. */
export function readHttpTrailers(reader: ProtobufReader): void {
  while (reader.next()) reader.skip();
}

/** `envoy.service.ext_proc.v3.ProtocolConfiguration`. */
export function readProtocolConfig(reader: ProtobufReader): ProtocolConfig {
  let requestBodyMode: BodyMode = 'NONE';
  let responseBodyMode: BodyMode = 'NONE';
  let bodyBeforeHeadersReply = false;
  while (reader.next()) {
    if (reader.field === 1) requestBodyMode = readBodyMode(reader);
    else if (reader.field === 2) responseBodyMode = readBodyMode(reader);
    else if (reader.field === 3) bodyBeforeHeadersReply = reader.bool();
    else reader.skip();
  }
  return { requestBodyMode, responseBodyMode, bodyBeforeHeadersReply };
}

function readBodyMode(reader: ProtobufReader): BodyMode {
  const mode = BODY_MODES[reader.uint32()];
  if (mode === undefined) throw new ProtobufError('mode of a body that is not known');
  return mode;
}
