/**
 * One HTTP exchange as a door received it, before anything in it was believed.
 *
 * The shape is the same for every door, so the core never sees a socket, an Envoy message or a framework's request.
 */
export interface Received {
  /** Minted by the door, a UUIDv7: the join key of every record, log line and report about this call. */
  readonly decisionId: string;
  /** The catalogued server that the listener and route name; never taken from Host or path by the core. */
  readonly server: string;
  /** HTTP method in upper case. */
  readonly httpMethod: string;
  /** Every header field in order, names in lower case, repeats kept apart, values as received. */
  readonly headers: HeaderList;
  /** The whole body, or `undefined` when the method carries none. */
  readonly body: Uint8Array | undefined;
  readonly peer: Peer;
  /** Wall clock at arrival, milliseconds since the epoch. */
  readonly receivedAtMs: number;
  /** What a proxy that asks about a request says of its own place in a trace; absent where nobody looks at traces. */
  readonly askedIn?: TraceCarrier;
}

/** The fields of W3C Trace Context as they came. */
export interface TraceCarrier {
  readonly traceparent: string | undefined;
  readonly tracestate: string | undefined;
}

/** Header fields in order of arrival: lower-case name, raw value. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

/** Who is at the other end of the connection, as far as the transport itself proves it. */
export interface Peer {
  /** Remote address without port. For the record only; never an identity. */
  readonly address: string;
  /** SHA-256 of the client certificate's DER in base64url (RFC 8705 §3.1), when this listener verified one. */
  readonly certificateSha256?: string;
  /** SPIFFE ID read from that certificate, when it is an X.509-SVID. */
  readonly spiffeId?: string;
}

/** All values of one header field, in order. `name` in lower case. */
export function headerValues(headers: HeaderList, name: string): readonly string[] {
  return headers.filter(([field]) => field === name).map(([, value]) => value);
}
