import type { ProtobufWriter } from '../grpc/protobuf-writer.ts';

/** How Envoy sends a body: `ProcessingMode.BodySendMode`, in the order of its numbers. */
export const BODY_MODES = ['NONE', 'STREAMED', 'BUFFERED', 'BUFFERED_PARTIAL', 'FULL_DUPLEX_STREAMED', 'GRPC'] as const;

export type BodyMode = (typeof BODY_MODES)[number];

/** Whether Envoy sends headers or trailers: `ProcessingMode.HeaderSendMode`, in the order of its numbers. */
export const HEADER_MODES = ['DEFAULT', 'SEND', 'SKIP'] as const;

export type HeaderMode = (typeof HEADER_MODES)[number];

/**
 * What Envoy is to send of the rest of this exchange; heeded in a reply to headers, with `allow_mode_override`.
 *
 * All six fields are written always: a body mode has no word for "as configured", so one that is left out switches its body
 * off. What is not given here: headers SEND, bodies NONE, trailers SEND where their body is FULL_DUPLEX_STREAMED (Envoy
 * demands it), else SKIP.
 */
export interface ModeOverride {
  readonly requestHeader?: HeaderMode;
  readonly responseHeader?: HeaderMode;
  readonly requestBody?: BodyMode;
  readonly responseBody?: BodyMode;
  readonly requestTrailer?: HeaderMode;
  readonly responseTrailer?: HeaderMode;
}

/** Writes `envoy.extensions.filters.http.ext_proc.v3.ProcessingMode`. @throws RangeError when trailers lack that must be sent. */
export function writeModeOverride(writer: ProtobufWriter, field: number, modes: ModeOverride): void {
  const { requestHeader = 'SEND', responseHeader = 'SEND', requestBody = 'NONE', responseBody = 'NONE' } = modes;
  const requestTrailer = trailerMode(requestBody, modes.requestTrailer);
  const responseTrailer = trailerMode(responseBody, modes.responseTrailer);
  writer.message(field, () => {
    writer.varint(1, HEADER_MODES.indexOf(requestHeader));
    writer.varint(2, HEADER_MODES.indexOf(responseHeader));
    writer.varint(3, BODY_MODES.indexOf(requestBody));
    writer.varint(4, BODY_MODES.indexOf(responseBody));
    writer.varint(5, HEADER_MODES.indexOf(requestTrailer));
    writer.varint(6, HEADER_MODES.indexOf(responseTrailer));
  });
}

function trailerMode(body: BodyMode, asked: HeaderMode | undefined): HeaderMode {
  const needed = body === 'FULL_DUPLEX_STREAMED';
  if (needed && asked !== undefined && asked !== 'SEND') throw new RangeError('a streamed body without its trailers');
  return asked ?? (needed ? 'SEND' : 'SKIP');
}
