import { loadMethod } from '../envoy/load-method.fixture.ts';
import { headersOf, metadataOf, type OracleHeaderMap } from '../envoy/oracle-values.fixture.ts';
import { BODY_MODES, type BodyMode } from './mode-override.ts';
import type { ProcessingMessage, ProcessingRequest } from './processing-request.ts';

/** `envoy.service.ext_proc.v3.ExternalProcessor/Process` as `@grpc/proto-loader` reads and writes it. */
const processing = loadMethod(
  'envoy/service/ext_proc/v3/external_processor.proto',
  'envoy.service.ext_proc.v3.ExternalProcessor',
  'Process',
);

/** The bytes of a ProcessingRequest written as a plain object. */
export function encodeProcessingRequest(value: object): Buffer {
  return processing.requestSerialize(value);
}

/** A ProcessingResponse as a plain object; what is not there is `null` or empty. */
export function decodeProcessingResponse(bytes: Uint8Array): object {
  return processing.responseDeserialize(Buffer.from(bytes));
}

interface OracleHeaders {
  readonly headers: OracleHeaderMap | null;
  readonly end_of_stream: boolean;
}

interface OracleBody {
  readonly body: Buffer;
  readonly end_of_stream: boolean;
}

interface OracleProtocol {
  readonly request_body_mode: number;
  readonly response_body_mode: number;
  readonly send_body_without_waiting_for_header_response: boolean;
}

interface OracleRequest {
  readonly request?: string;
  readonly request_headers?: OracleHeaders;
  readonly response_headers?: OracleHeaders;
  readonly request_body?: OracleBody;
  readonly response_body?: OracleBody;
  readonly metadata_context: { readonly filter_metadata: Readonly<Record<string, object>> } | null;
  readonly attributes: Readonly<Record<string, object>>;
  readonly observability_mode: boolean;
  readonly protocol_config: OracleProtocol | null;
}

/** What the library reads in `bytes`, in our shape. @throws when it refuses them. */
export function oracleProcessingRequest(bytes: Uint8Array): ProcessingRequest {
  const found = processing.requestDeserialize(Buffer.from(bytes)) as OracleRequest;
  const { metadata_context: metadata, attributes, observability_mode: observabilityMode } = found;
  return {
    kind: 'processing',
    message: messageOf(found),
    metadata: metadataOf(metadata?.filter_metadata ?? {}),
    attributes: metadataOf(attributes),
    observabilityMode,
    protocol: found.protocol_config === null ? undefined : protocolOf(found.protocol_config),
  };
}

function messageOf(found: OracleRequest): ProcessingMessage {
  const { request_headers: asked, response_headers: answered, request_body: sent, response_body: replied } = found;
  if (asked) return { kind: 'request-headers', ...headerBlock(asked) };
  if (answered) return { kind: 'response-headers', ...headerBlock(answered) };
  if (sent) return { kind: 'request-body', body: sent.body, endOfStream: sent.end_of_stream };
  if (replied) return { kind: 'response-body', body: replied.body, endOfStream: replied.end_of_stream };
  if (found.request === 'request_trailers') return { kind: 'request-trailers' };
  return { kind: found.request === 'response_trailers' ? 'response-trailers' : 'nothing' };
}

function headerBlock({ headers, end_of_stream: endOfStream }: OracleHeaders): {
  headers: ReturnType<typeof headersOf>;
  endOfStream: boolean;
} {
  return { headers: headers === null ? [] : headersOf(headers), endOfStream };
}

function protocolOf(found: OracleProtocol): ProcessingRequest['protocol'] {
  return {
    requestBodyMode: modeOf(found.request_body_mode),
    responseBodyMode: modeOf(found.response_body_mode),
    bodyBeforeHeadersReply: found.send_body_without_waiting_for_header_response,
  };
}

function modeOf(number: number): BodyMode {
  const mode = BODY_MODES[number];
  if (mode === undefined) throw new Error(`body mode ${number}`);
  return mode;
}
