import type { HeaderList } from '../../call/received.ts';
import type { JsonObject } from '../../kit/json.ts';
import { checkHeaderName, writeContentLength, writeRawHeaders } from '../envoy/write-header.ts';
import { writeStruct } from '../envoy/write-struct.ts';
import { ProtobufWriter } from '../grpc/protobuf-writer.ts';
import { type ModeOverride, writeModeOverride } from './mode-override.ts';

/** The way of the exchange that an answer is about. */
export type Phase = 'request' | 'response';

/** What an answer changes of the header block. */
export interface HeaderChange {
  /** Fields that replace those of the same name. A name that is there twice is sent as two fields. */
  readonly set: HeaderList;
  readonly remove: readonly string[];
  /** Arrives in namespace `envoy.filters.http.ext_proc`, where the filter lets it (`receiving_namespaces`). */
  readonly metadata?: JsonObject;
}

export interface HeadersReply extends HeaderChange {
  readonly modes?: ModeOverride;
}

export interface BodyReply extends HeaderChange {
  /** Replaces the whole buffered body, and its `content-length`. Left out: the body stays as it is. */
  readonly body?: Uint8Array;
}

export interface StreamedBody {
  readonly body: Uint8Array;
  readonly endOfStream: boolean;
  /** Whether nothing of this body was sent before. */
  readonly first: boolean;
}

/** An answer in place of the tool server's. */
export interface ImmediateReply {
  /** HTTP status of the answer, 200 to 599. */
  readonly httpStatus: number;
  /** Response headers; a name may repeat. Without `content-type` Envoy says `text/plain`. */
  readonly headers: HeaderList;
  readonly body: Uint8Array;
  /** For RESPONSE_CODE_DETAILS in Envoy's access log: 1 to 64 of `a-z 0-9 _ . -`. */
  readonly details: string;
  /** As with `HeaderChange`. */
  readonly metadata?: JsonObject;
}

/** Field of each answer in `ProcessingResponse`. */
const ANSWERS = {
  request: { headers: 1, body: 3, trailers: 5 },
  response: { headers: 2, body: 4, trailers: 6 },
} as const;
const IMMEDIATE = 7;
const DYNAMIC_METADATA = 8;
const MODE_OVERRIDE = 9;

/** Names no header field, so that its removal is an error of every filter, whatever its rules say. */
const NO_HEADER = 'a body in pieces';

const NAMESPACE = 'envoy.filters.http.ext_proc';
const DETAILS = /^[a-z0-9_.-]{1,64}$/;

/**
 * The `envoy.service.ext_proc.v3.ProcessingResponse` that answers headers and lets them pass, changed.
 *
 * Where the body will be sent back in pieces (FULL_DUPLEX_STREAMED), its `content-length` is removed: it may not hold.
 *
 * @throws RangeError when a header is none that may be set or removed, or the modes are none that Envoy takes.
 */
export function writeHeadersReply(phase: Phase, { modes, ...change }: HeadersReply): Uint8Array {
  const writer = new ProtobufWriter();
  const bodyMode = phase === 'request' ? modes?.requestBody : modes?.responseBody;
  writer.message(ANSWERS[phase].headers, () => {
    writer.message(1, () => {
      writer.varint(1, 0);
      writeMutation(writer, 2, change, () => {
        if (bodyMode === 'FULL_DUPLEX_STREAMED') writer.string(2, 'content-length');
      });
    });
  });
  writeMetadata(writer, change.metadata);
  if (modes !== undefined) writeModeOverride(writer, MODE_OVERRIDE, modes);
  return writer.finish();
}

/**
 * Answers a body that Envoy holds whole (BUFFERED), and lets it pass, changed.
 *
 * @throws RangeError as `writeHeadersReply`.
 */
export function writeBodyReply(phase: Phase, { body, ...change }: BodyReply): Uint8Array {
  const writer = new ProtobufWriter();
  writer.message(ANSWERS[phase].body, () => {
    writer.message(1, () => {
      writer.varint(1, 0);
      writeMutation(writer, 2, change, () => {
        // Envoy refuses a changed body whose length is not the one that its headers say.
        if (body !== undefined) writeContentLength(writer, 1, body.length);
      });
      if (body !== undefined) writer.message(3, () => writer.bytes(1, body));
    });
  });
  writeMetadata(writer, change.metadata);
  return writer.finish();
}

/**
 * Sends a piece of a body on (FULL_DUPLEX_STREAMED): pieces need not be those that came.
 *
 * An Envoy that was told in vain to let the body stream (`allow_mode_override`) holds it whole, takes no piece in its place,
 * and would let pass what it holds. Only such a one heeds a change of headers in an answer to a body
 * (`CommonResponse.header_mutation`): so the first piece comes with one that cannot be made, and there the exchange ends with
 * an error.
 */
export function writeStreamedBody(phase: Phase, { body, endOfStream, first }: StreamedBody): Uint8Array {
  const writer = new ProtobufWriter();
  writer.message(ANSWERS[phase].body, () => {
    writer.message(1, () => {
      writer.varint(1, 0);
      if (first) writer.message(2, () => writer.string(2, NO_HEADER));
      writer.message(3, () => {
        writer.message(3, () => {
          writer.bytes(1, body);
          writer.varint(2, endOfStream ? 1 : 0);
        });
      });
    });
  });
  return writer.finish();
}

/** Answers trailers, and lets them pass. */
export function writeTrailersReply(phase: Phase): Uint8Array {
  const writer = new ProtobufWriter();
  writer.message(ANSWERS[phase].trailers, () => undefined);
  return writer.finish();
}

/**
 * Answers in place of the tool server. Once the reply's headers have gone to the client, it ends the exchange instead.
 *
 * @throws RangeError as `writeHeadersReply`, and when `httpStatus` is none that ends an answer or `details` holds anything
 * else than it may.
 */
export function writeImmediate({ httpStatus, headers, body, details, metadata }: ImmediateReply): Uint8Array {
  if (!Number.isInteger(httpStatus) || httpStatus < 200 || httpStatus > 599) throw new RangeError('HTTP status');
  if (!DETAILS.test(details)) throw new RangeError('details of an immediate reply');
  const writer = new ProtobufWriter();
  writer.message(IMMEDIATE, () => {
    writer.message(1, () => writer.varint(1, httpStatus));
    writeMutation(writer, 2, { set: headers, remove: [] });
    writer.bytes(3, body);
    writer.string(5, details);
  });
  writeMetadata(writer, metadata);
  return writer.finish();
}

/** `HeaderMutation`. */
function writeMutation(
  writer: ProtobufWriter,
  field: number,
  { set, remove }: Pick<HeaderChange, 'set' | 'remove'>,
  writeMore?: () => void,
): void {
  writer.message(field, () => {
    writeRawHeaders(writer, 1, set);
    for (const name of remove) writer.string(2, checkHeaderName(name));
    writeMore?.();
  });
}

function writeMetadata(writer: ProtobufWriter, metadata: JsonObject | undefined): void {
  if (metadata !== undefined) writeStruct(writer, DYNAMIC_METADATA, new Map([[NAMESPACE, metadata]]));
}
