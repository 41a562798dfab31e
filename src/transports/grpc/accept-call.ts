import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { GRPC_CODE, GrpcError } from './grpc-error.ts';
import { parseGrpcTimeout } from './grpc-timeout.ts';

const CONTENT_TYPE = /^application\/grpc(\+proto)?($|[; ])/;

/** The head of a call that may be served. */
export interface AcceptedHead {
  readonly kind: 'accepted';
  /** Full method path. */
  readonly path: string;
  readonly deadlineMs: number | undefined;
}

/** A head that is answered at once: by an HTTP status when the caller does not speak gRPC, else by a gRPC status. */
export type RefusedHead =
  | { readonly kind: 'http'; readonly status: number }
  | { readonly kind: 'grpc'; readonly error: GrpcError };

/** What HTTP/2 adds to each field when it measures a header block, bytes (RFC 9113 §6.5.2). */
const FIELD_OVERHEAD = 32;

/** Looks at the request headers (gRPC over HTTP/2, "Requests"). Only what is not compressed is accepted. */
export function readHead(
  headers: IncomingHttpHeaders,
  rawHeaders: readonly string[],
  maxHeaderBytes: number,
): AcceptedHead | RefusedHead {
  // HTTP/2 holds a caller to the limit only from when he has confirmed it.
  if (sizeOf(rawHeaders) > maxHeaderBytes) {
    return { kind: 'http', status: constants.HTTP_STATUS_REQUEST_HEADER_FIELDS_TOO_LARGE };
  }
  if (headers[':method'] !== 'POST') return { kind: 'http', status: constants.HTTP_STATUS_METHOD_NOT_ALLOWED };
  if (!CONTENT_TYPE.test(headers['content-type'] ?? '')) {
    return { kind: 'http', status: constants.HTTP_STATUS_UNSUPPORTED_MEDIA_TYPE };
  }
  const encoding = headers['grpc-encoding'] ?? 'identity';
  if (encoding !== 'identity') return refused(GRPC_CODE.UNIMPLEMENTED, 'compressed messages are not accepted');
  const timeout = headers['grpc-timeout'];
  const deadlineMs = timeout === undefined ? undefined : parseGrpcTimeout(String(timeout));
  if (timeout !== undefined && deadlineMs === undefined) return refused(GRPC_CODE.INTERNAL, 'malformed grpc-timeout');
  return { kind: 'accepted', path: headers[':path'] ?? '', deadlineMs };
}

/** Answers a head without reading what follows. */
export function answerHead(stream: ServerHttp2Stream, status: number): void {
  stream.respond({ ':status': status }, { endStream: true });
  stream.resume();
}

function sizeOf(rawHeaders: readonly string[]): number {
  let bytes = (rawHeaders.length / 2) * FIELD_OVERHEAD;
  for (const text of rawHeaders) bytes += text.length;
  return bytes;
}

function refused(code: GrpcError['code'], message: string): RefusedHead {
  return { kind: 'grpc', error: new GrpcError(code, message) };
}
