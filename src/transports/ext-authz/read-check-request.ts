import type { JsonObject } from '../../kit/json.ts';
import { ProtobufError, ProtobufReader } from '../grpc/protobuf-reader.ts';
import type { CheckHttp, CheckRequest } from './check-request.ts';
import type { EnvoyPeer } from '../envoy/envoy-peer.ts';
import { once } from '../envoy/once.ts';
import { NO_PEER, readPeer } from './read-check-peer.ts';
import { readHttp } from './read-check-http.ts';
import { readMapInto } from '../envoy/read-map.ts';
import { readFilterMetadata } from '../envoy/read-struct.ts';

export type { CheckRequest } from './check-request.ts';

/** The bytes are no CheckRequest that every parser reads alike. */
export interface CheckRefused {
  readonly kind: 'refused';
  /** For the record; says nothing of the content. */
  readonly why: string;
}

/**
 * Reads one `envoy.service.auth.v3.CheckRequest`. Total: every input has an answer and nothing is thrown.
 *
 * Repeated scalar fields and map keys: the last wins; unknown fields are skipped (protobuf.dev, "Encoding"). Refused is what
 * is malformed and what parsers read differently: groups, a submessage or a choice that is there twice, text that is not UTF-8,
 * and headers or a body in both of their forms.
 */
export function readCheckRequest(bytes: Uint8Array): CheckRequest | CheckRefused {
  try {
    return readMessage(new ProtobufReader(bytes));
  } catch (error) {
    return { kind: 'refused', why: error instanceof ProtobufError ? error.message : 'unreadable' };
  }
}

const NO_ATTRIBUTES: CheckRequest = {
  kind: 'check',
  source: NO_PEER,
  destination: NO_PEER,
  http: undefined,
  contextExtensions: new Map(),
  metadata: new Map(),
  sni: undefined,
};

function readMessage(reader: ProtobufReader): CheckRequest {
  let attributes: CheckRequest | undefined;
  while (reader.next()) {
    if (reader.field === 1) attributes = once(attributes, reader.message(readAttributes));
    else reader.skip();
  }
  return attributes ?? NO_ATTRIBUTES;
}

function readAttributes(reader: ProtobufReader): CheckRequest {
  let source: EnvoyPeer | undefined;
  let destination: EnvoyPeer | undefined;
  let request: { readonly http: CheckHttp | undefined } | undefined;
  let metadata: ReadonlyMap<string, JsonObject> | undefined;
  let sni: string | undefined;
  const contextExtensions = new Map<string, string>();
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        source = once(source, reader.message(readPeer));
        break;
      case 2:
        destination = once(destination, reader.message(readPeer));
        break;
      case 4:
        request = once(request, reader.message(readRequest));
        break;
      case 10:
        readMapInto(contextExtensions, reader, (entry) => entry.string(), '');
        break;
      case 11:
        metadata = once(metadata, reader.message(readFilterMetadata));
        break;
      case 12:
        sni = once(sni, reader.message(readTlsSession));
        break;
      default:
        reader.skip();
    }
  }
  return {
    kind: 'check',
    source: source ?? NO_PEER,
    destination: destination ?? NO_PEER,
    http: request?.http,
    contextExtensions,
    metadata: metadata ?? NO_ATTRIBUTES.metadata,
    sni,
  };
}

/** `AttributeContext.Request`. */
function readRequest(reader: ProtobufReader): { readonly http: CheckHttp | undefined } {
  let http: CheckHttp | undefined;
  while (reader.next()) {
    if (reader.field === 2) http = once(http, reader.message(readHttp));
    else reader.skip();
  }
  return { http };
}

/** `AttributeContext.TLSSession`. */
function readTlsSession(reader: ProtobufReader): string {
  let sni = '';
  while (reader.next()) {
    if (reader.field === 1) sni = reader.string();
    else reader.skip();
  }
  return sni;
}
