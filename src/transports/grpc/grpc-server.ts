import type { HeaderList } from '../../call/received.ts';

/** One call with one request and one reply, as its handler sees it. */
export interface UnaryCall {
  /** Request headers without pseudo headers, names in lower case, in order. */
  readonly metadata: HeaderList;
  /** What the caller said in `grpc-timeout`, milliseconds from the arrival of the headers; `undefined`: it said nothing. */
  readonly deadlineMs: number | undefined;
  /** Aborts when nobody waits any more: cancelled, connection lost, deadline passed, server stopped. */
  readonly signal: AbortSignal;
}

/**
 * Answers one request message with one reply message, both as bytes.
 *
 * The request may be a view of a larger buffer and belongs to the handler. What it throws becomes the status of the call: a
 * `GrpcError` its own, anything else INTERNAL without its text, told to `onError`. No status is ever turned into OK.
 */
export type UnaryHandler = (request: Uint8Array, call: UnaryCall) => Promise<Uint8Array>;

/** One call with any number of messages each way. */
export interface StreamCall extends UnaryCall {
  /**
   * Request messages in order; ends when the caller has half-closed, also when he goes right after that: `signal` tells.
   * For one reader, and read no faster than he reads. Who leaves a loop may begin another.
   *
   * A message may be a view of a larger buffer and belongs to the handler.
   *
   * @throws GrpcError (from `next()`) when the caller went (CANCELLED), the deadline passed, the server stops, or what came is no
   *   gRPC; the call then has its status already. What was received before that is handed over first.
   */
  readonly messages: AsyncIterable<Uint8Array>;
  /**
   * Sends one message. Resolves when more may be sent, at once when nobody is there any more. Never rejects.
   *
   * May be called at any time, also while `messages` is waited for.
   */
  send(message: Uint8Array): Promise<void>;
}

/** Resolves: status OK. What it throws becomes the status of the call, as with `UnaryHandler`. */
export type StreamHandler = (call: StreamCall) => Promise<void>;

/** TLS of a server, each in PEM. */
export interface GrpcTls {
  /** Certificate chain and its key. */
  readonly cert: string;
  readonly key: string;
  /** The authorities that sign client certificates. */
  readonly clientCa: string;
}

/** A port for those who show the right certificate. */
export interface TlsAddress {
  readonly kind: 'tls';
  readonly host: string;
  readonly port: number;
  readonly tls: GrpcTls;
  /** SPIFFE ids that are let in, compared as a whole. */
  readonly clients: readonly string[];
}

/** A socket that only its own user reaches. */
export interface SocketAddress {
  readonly kind: 'socket';
  readonly path: string;
}

/**
 * Where a server listens.
 *
 * Whoever reaches a door can forge the certificate of any caller in what he asks. So a door is a `socket`, which only its own
 * user reaches, or `tls`; `tcp` lets in everybody and is for tests and for health alone.
 */
export type GrpcAddress =
  | SocketAddress
  | TlsAddress
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number };

export interface GrpcServerOptions {
  /** A socket needs a directory that is nobody else's (mode 0700); it is made when it is missing. */
  readonly address: GrpcAddress;
  /** By full path, such as `/envoy.service.auth.v3.Authorization/Check`. */
  readonly methods: ReadonlyMap<string, UnaryHandler>;
  /** Methods with streams of messages, by full path. Their calls may last: only a deadline of the caller's ends them. */
  readonly streams?: ReadonlyMap<string, StreamHandler>;
  /** Largest request message, bytes. A larger one is RESOURCE_EXHAUSTED, as soon as its length is known. */
  readonly maxMessageBytes: number;
  /** Calls in progress per connection; the caller keeps further ones back. Default 1024. */
  readonly maxConcurrentStreams?: number;
  /** Connections at once; more are dropped. Default 256. */
  readonly maxConnections?: number;
  /** Largest header block of a request, bytes as HTTP/2 counts them. Default 16 KiB. */
  readonly maxHeaderBytes?: number;
  /** Longest time of a call whose caller gave none, or a longer one, milliseconds. Default 60 000. */
  readonly maxCallMs?: number;
  /**
   * Streams that a peer may reset at once, and then per second, before its connection is closed. Envoy resets one stream a
   * call in places, so the defaults are high: 1 000 000 and 1 000 000. The burst is also how many of its streams may be
   * refused because more than `maxConcurrentStreams` came at once: those that were reset count until Node has closed them.
   */
  readonly streamResetBurst?: number;
  readonly streamResetRate?: number;
  /** Hears what was thrown where nothing should throw. */
  readonly onError: (error: unknown) => void;
}

/** A server of either engine. */
export interface GrpcServer {
  /**
   * Begins to listen and says where: with port 0 the port it got.
   *
   * @throws when the address cannot be had, or others could reach the socket.
   */
  listen(): Promise<GrpcAddress>;
  /** Resolves when nobody is connected: at once where nobody is, or nobody listens yet. */
  whenAlone(): Promise<void>;
  /**
   * Shows another certificate from now on, and takes client certificates of these authorities. Connections that are there stay.
   *
   * @throws what `node:tls` throws for files that do not fit together, or when the server has no TLS.
   */
  renew(tls: GrpcTls): void;
  /**
   * Stops: tells callers to go elsewhere (GOAWAY), finishes calls for up to `withinMs`, answers the rest UNAVAILABLE.
   * Resolves when every connection is closed. Never rejects.
   */
  drain(withinMs: number): Promise<void>;
}
