import type { JsonObject } from '../../kit/json.ts';
import { once } from '../envoy/once.ts';
import { type EnvoyAddress, readAddress } from '../envoy/read-address.ts';
import { readMetadataOf } from '../envoy/read-struct.ts';
import type { ProtobufReader } from '../grpc/protobuf-reader.ts';
import { type AccessLogEntry, RESPONSE_FLAGS, type ResponseFlag } from './access-log-entry.ts';
import { addressText } from './address-text.ts';
import { readDurationMs, readUint32Value } from './read-wrapped.ts';

const AUTHZ = 'envoy.filters.http.ext_authz';
const PROC = 'envoy.filters.http.ext_proc';

/** Entries of these types tell how an exchange ended: `NotSet`, for which Envoy had no type yet, and `DownstreamEnd`. */
const FINAL_TYPES: readonly number[] = [0, 6];

/** `envoy.data.accesslog.v3.HTTPAccessLogEntry`. */
export function readAccessLogEntry(reader: ProtobufReader): AccessLogEntry {
  let common: Common | undefined;
  let requestBytes: number | undefined;
  let response: Response | undefined;
  while (reader.next()) {
    if (reader.field === 1) common = once(common, reader.message(readCommon));
    else if (reader.field === 3) requestBytes = once(requestBytes, reader.message(readRequest));
    else if (reader.field === 4) response = once(response, reader.message(readResponse));
    else reader.skip();
  }
  return { ...(common ?? NO_COMMON), requestBytes: requestBytes ?? 0, ...(response ?? NO_RESPONSE) };
}

type Response = Pick<AccessLogEntry, 'httpStatus' | 'replyBytes' | 'responseCodeDetails'>;
type Common = Omit<AccessLogEntry, 'requestBytes' | keyof Response>;

const NO_RESPONSE: Response = { httpStatus: undefined, replyBytes: 0, responseCodeDetails: '' };
const NO_COMMON: Common = {
  decisionId: undefined,
  intermediate: false,
  responseFlags: new Set(),
  durationMs: undefined,
  upstream: undefined,
  attempts: 0,
  metadata: new Map(),
};

/** `AccessLogCommon`. */
function readCommon(reader: ProtobufReader): Common {
  let lastByte: { readonly ms: number } | undefined;
  let duration: { readonly ms: number } | undefined;
  let upstream: { readonly address: EnvoyAddress | undefined } | undefined;
  let flags: ReadonlySet<ResponseFlag> | undefined;
  let metadata: ReadonlyMap<string, JsonObject> | undefined;
  let attempts = 0;
  let intermediate = false;
  let type = 0;
  while (reader.next()) {
    switch (reader.field) {
      case 12:
        lastByte = once(lastByte, { ms: reader.message(readDurationMs) });
        break;
      case 13:
        upstream = once(upstream, { address: reader.message(readAddress) });
        break;
      case 16:
        flags = once(flags, reader.message(readFlags));
        break;
      case 17:
        metadata = once(metadata, reader.message(readOwnMetadata));
        break;
      case 23:
        duration = once(duration, { ms: reader.message(readDurationMs) });
        break;
      case 24:
        attempts = reader.uint32();
        break;
      case 27:
        intermediate = reader.bool();
        break;
      case 33:
        type = reader.uint32();
        break;
      default:
        reader.skip();
    }
  }
  return {
    decisionId: metadata === undefined ? undefined : decisionIdOf(metadata),
    intermediate: intermediate || !FINAL_TYPES.includes(type),
    responseFlags: flags ?? NO_COMMON.responseFlags,
    durationMs: (lastByte ?? duration)?.ms,
    upstream: upstream?.address === undefined ? undefined : addressText(upstream.address),
    attempts,
    metadata: metadata ?? NO_COMMON.metadata,
  };
}

function readOwnMetadata(reader: ProtobufReader): ReadonlyMap<string, JsonObject> {
  return readMetadataOf(reader, [AUTHZ, PROC]);
}

/** The answer that let the request pass or not wrote it; a later ext_proc stream of the same exchange knows the same one. */
function decisionIdOf(metadata: ReadonlyMap<string, JsonObject>): string | undefined {
  const id = metadata.get(AUTHZ)?.get('decision_id') ?? metadata.get(PROC)?.get('decision_id');
  return typeof id === 'string' ? id : undefined;
}

/** `ResponseFlags`. All are booleans but `unauthorized_details`, which is there or not. */
function readFlags(reader: ProtobufReader): ReadonlySet<ResponseFlag> {
  const flags = new Set<ResponseFlag>();
  while (reader.next()) {
    const flag = RESPONSE_FLAGS.get(reader.field);
    if (flag === undefined) reader.skip();
    else if (isSet(reader, flag)) flags.add(flag);
    else flags.delete(flag);
  }
  return flags;
}

function isSet(reader: ProtobufReader, flag: ResponseFlag): boolean {
  if (flag !== 'unauthorized_details') return reader.bool();
  reader.message(() => {
    while (reader.next()) reader.skip();
  });
  return true;
}

/** `HTTPRequestProperties.request_body_bytes`. */
function readRequest(reader: ProtobufReader): number {
  let bytes = 0;
  while (reader.next()) {
    if (reader.field === 12) bytes = reader.uint64();
    else reader.skip();
  }
  return bytes;
}

/** `HTTPResponseProperties`. */
function readResponse(reader: ProtobufReader): Response {
  let status: { readonly code: number } | undefined;
  let replyBytes = 0;
  let responseCodeDetails = '';
  while (reader.next()) {
    if (reader.field === 1) status = once(status, { code: reader.message(readUint32Value) });
    else if (reader.field === 3) replyBytes = reader.uint64();
    else if (reader.field === 6) responseCodeDetails = reader.string();
    else reader.skip();
  }
  return { httpStatus: status?.code === 0 ? undefined : status?.code, replyBytes, responseCodeDetails };
}
