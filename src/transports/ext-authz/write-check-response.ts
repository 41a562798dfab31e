import type { HeaderList } from '../../call/received.ts';
import type { JsonObject } from '../../kit/json.ts';
import { ProtobufWriter } from '../grpc/protobuf-writer.ts';
import { checkHeaderName, OVERWRITE_IF_EXISTS_OR_ADD } from '../envoy/write-header.ts';
import { writeStruct } from '../envoy/write-struct.ts';

/** What an allow changes. */
export interface OkReply {
  /** Request headers that replace what the agent sent. */
  readonly headers: HeaderList;
  /** Request headers that the tool server must not see. */
  readonly headersToRemove: readonly string[];
  /** Response headers that take the place of the tool server's of the same name, where it sends one. */
  readonly responseHeaders?: HeaderList;
  /** Response headers that the agent gets whatever the tool server sends. */
  readonly toldHeaders?: HeaderList;
  /** Arrives in namespace `envoy.filters.http.ext_authz`. */
  readonly metadata: JsonObject | undefined;
}

/** An answer in place of the tool server's. */
export interface DeniedReply {
  /** HTTP status of the answer, 200 to 599. */
  readonly httpStatus: number;
  /** Response headers; a name may repeat. Without `content-type` Envoy says `text/plain`. */
  readonly headers: HeaderList;
  /** UTF-8. */
  readonly body: string | Uint8Array;
  readonly metadata: JsonObject | undefined;
}

/** `status: {}`, which is code 0: said, where Envoy would take its absence for the same. */
const STATUS_OK = new Uint8Array(0);
/** `status: { code: PERMISSION_DENIED }`. */
const STATUS_DENIED = Uint8Array.of(0x08, 7);

/** `HeaderValueOption.append_action`, which Envoy heeds for response headers: a header that is not there is not added. */
const OVERWRITE_IF_EXISTS = 3;

const HEADER_VALUE = /^[!-~]([ -~]*[!-~])?$/;
/**
 * The `envoy.service.auth.v3.CheckResponse` that lets a request pass. Query parameters stay as they are.
 *
 * @throws RangeError when a header is none that may be set: its name, a value that is empty or not printable ASCII.
 */
export function writeOk({
  headers,
  headersToRemove,
  responseHeaders = [],
  toldHeaders = [],
  metadata,
}: OkReply): Uint8Array {
  const writer = new ProtobufWriter();
  writer.bytes(1, STATUS_OK);
  writer.message(3, () => {
    // The agent's own header of that name does not survive.
    for (const header of headers) writeHeader(writer, 2, header, OVERWRITE_IF_EXISTS_OR_ADD);
    for (const name of headersToRemove) writer.string(5, checkHeaderName(name));
    for (const header of responseHeaders) writeHeader(writer, 6, header, OVERWRITE_IF_EXISTS);
    for (const header of toldHeaders) writeHeader(writer, 6, header, OVERWRITE_IF_EXISTS_OR_ADD);
  });
  if (metadata !== undefined) writeStruct(writer, 4, metadata);
  return writer.finish();
}

/**
 * The CheckResponse that refuses a request. Its status is written first, is always there and is never 0: without it Envoy
 * would let the request pass.
 *
 * @throws RangeError as `writeOk`, and when `httpStatus` is none that ends an answer.
 */
export function writeDenied({ httpStatus, headers, body, metadata }: DeniedReply): Uint8Array {
  if (!Number.isInteger(httpStatus) || httpStatus < 200 || httpStatus > 599) throw new RangeError('HTTP status');
  const writer = new ProtobufWriter();
  writer.bytes(1, STATUS_DENIED);
  writer.message(2, () => {
    writer.message(1, () => writer.varint(1, httpStatus));
    for (const header of headers) writeHeader(writer, 2, header, undefined);
    if (typeof body === 'string') writer.string(3, body);
    else writer.bytes(3, body);
  });
  if (metadata !== undefined) writeStruct(writer, 4, metadata);
  return writer.finish();
}

/** Envoy takes `value` here; `raw_value` alone would set an empty header. */
function writeHeader(
  writer: ProtobufWriter,
  field: number,
  [name, value]: HeaderList[number],
  action: number | undefined,
): void {
  if (!HEADER_VALUE.test(value)) throw new RangeError(`value of the header ${checkHeaderName(name)}`);
  writer.message(field, () => {
    writer.message(1, () => {
      writer.string(1, checkHeaderName(name));
      writer.string(2, value);
    });
    if (action !== undefined) writer.varint(3, action);
  });
}
