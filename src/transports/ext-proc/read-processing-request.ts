import type { JsonObject } from '../../kit/json.ts';
import { once } from '../envoy/once.ts';
import { readFilterMetadata, readStructInto, roomForValues } from '../envoy/read-struct.ts';
import { ProtobufError, ProtobufReader } from '../grpc/protobuf-reader.ts';
import type { ProcessingMessage, ProcessingRefused, ProcessingRequest, ProtocolConfig } from './processing-request.ts';
import { readHttpBody, readHttpHeaders, readHttpTrailers, readProtocolConfig } from './read-http-message.ts';

/**
 * Reads one `envoy.service.ext_proc.v3.ProcessingRequest`. Total: every input has an answer and nothing is thrown.
 *
 * Repeated scalar fields and map keys: the last wins; unknown fields are skipped (protobuf.dev, "Encoding"). Refused is what
 * is malformed and what parsers read differently: groups, a submessage that is there twice, two of the messages in one, text
 * that is not UTF-8, a header value in both of its forms, and modes of a body that Envoy 1.40 does not have.
 */
export function readProcessingRequest(bytes: Uint8Array): ProcessingRequest | ProcessingRefused {
  try {
    return readMessage(new ProtobufReader(bytes));
  } catch (error) {
    return { kind: 'refused', why: error instanceof ProtobufError ? error.message : 'unreadable' };
  }
}

const NOTHING: ProcessingMessage = { kind: 'nothing' };

function readMessage(reader: ProtobufReader): ProcessingRequest {
  let message: ProcessingMessage | undefined;
  let metadata: ReadonlyMap<string, JsonObject> | undefined;
  let protocol: ProtocolConfig | undefined;
  let observabilityMode = false;
  const attributes = new Map<string, JsonObject>();
  const room = roomForValues();
  while (reader.next()) {
    switch (reader.field) {
      case 8:
        metadata = once(metadata, reader.message(readFilterMetadata));
        break;
      case 9:
        readStructInto(attributes, reader, room);
        break;
      case 10:
        observabilityMode = reader.bool();
        break;
      case 11:
        protocol = once(protocol, reader.message(readProtocolConfig));
        break;
      default: {
        const found = readVariant(reader);
        if (found === undefined) reader.skip();
        else message = once(message, found);
      }
    }
  }
  return {
    kind: 'processing',
    message: message ?? NOTHING,
    metadata: metadata ?? new Map(),
    attributes,
    observabilityMode,
    protocol,
  };
}

/** The member of `oneof request` that the field is; `undefined` when it is none, and then nothing was read. */
function readVariant(reader: ProtobufReader): ProcessingMessage | undefined {
  switch (reader.field) {
    case 2:
      return { kind: 'request-headers', ...reader.message(readHttpHeaders) };
    case 3:
      return { kind: 'response-headers', ...reader.message(readHttpHeaders) };
    case 4:
      return { kind: 'request-body', ...reader.message(readHttpBody) };
    case 5:
      return { kind: 'response-body', ...reader.message(readHttpBody) };
    case 6:
      reader.message(readHttpTrailers);
      return { kind: 'request-trailers' };
    case 7:
      reader.message(readHttpTrailers);
      return { kind: 'response-trailers' };
    default:
      return undefined;
  }
}
