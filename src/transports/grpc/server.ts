import type {
  IncomingHttpHeaders,
  ServerHttp2Session,
  ServerHttp2Stream,
  ServerOptions as Http2ServerOptions,
} from 'node:http2';
import { getDefaultHighWaterMark } from 'node:stream';
import { answerHead, readHead } from './accept-call.ts';
import { admitClients } from './admit-client.ts';
import { ByteBudget } from './byte-budget.ts';
import { CallStream } from './call-stream.ts';
import { Connection } from './connection.ts';
import { endWithCertificate } from './end-with-certificate.ts';
import { GRPC_CODE, GrpcError } from './grpc-error.ts';
import type { GrpcServer, GrpcServerOptions } from './grpc-server.ts';
import { closeWhenIdle, listenAt, openServer, renewTls, trackSockets } from './listening-server.ts';
import { serveStream } from './serve-stream.ts';
import { serveUnary } from './serve-unary.ts';
import { type ServerLimits, serverLimits } from './server-limits.ts';
import { withinTime } from '../../kit/within-time.ts';

export type {
  GrpcServer,
  GrpcServerOptions,
  StreamCall,
  StreamHandler,
  UnaryCall,
  UnaryHandler,
} from './grpc-server.ts';

/** Bytes that a peer may send before they were read: per call, and all calls of a connection together. */
const STREAM_WINDOW = 256 * 1024;
const CONNECTION_WINDOW = 8 * 1024 * 1024;
/** What a stream that is not read can still bring: its window, and what Node takes before it lets that close. */
const UNSEEN_BYTES = STREAM_WINDOW + getDefaultHighWaterMark(false);
/** Bytes that unfinished requests may hold, as a multiple of the largest one. */
const BUDGET_MESSAGES = 64;
/** More header fields than any caller of ours sends. */
const MAX_HEADER_FIELDS = 128;
/** Megabytes of queued frames and headers that one connection may cost us. */
const SESSION_MEMORY_MB = 32;
/** Time for last answers to be read once the server must stop, milliseconds. */
const LAST_WORDS_MS = 500;

/**
 * Engine 2: our own framing of gRPC over node:http2. Not listening yet.
 *
 * @throws RangeError as `admitClients()` does.
 */
export function createGrpcServer(options: GrpcServerOptions): GrpcServer {
  const limits = serverLimits(options);
  const { address } = options;
  const admits = address.kind === 'tls' ? admitClients(address.clients) : () => true;
  const server = openServer(address, http2Options(limits));
  const sockets = trackSockets(server);
  const connections = new Set<Connection>();
  let draining = false;
  const calls = new Set<CallStream>();
  const serve = callOpener(options, limits, calls);
  server.maxConnections = limits.maxConnections;
  server.on('session', (session: ServerHttp2Session) => {
    const connection = new Connection(session);
    if (!admits(session)) return connection.destroy();
    endWithCertificate(session, Date.now());
    session.setLocalWindowSize(CONNECTION_WINDOW);
    session.on('stream', (stream, headers, _flags, rawHeaders) => serve(stream, headers, rawHeaders));
    connections.add(connection);
    session.on('close', () => connections.delete(connection));
    if (draining) connection.drain();
  });
  return {
    listen: () => listenAt(server, address),
    renew: (tls) => renewTls(server, tls),
    whenAlone: () => sockets.whenNone(),
    async drain(withinMs) {
      const closed = closeWhenIdle(server);
      draining = true;
      for (const connection of connections) connection.drain();
      await withinTime(closed, withinMs);
      for (const call of calls) call.abandon(new GrpcError(GRPC_CODE.UNAVAILABLE, 'the server is shutting down'));
      await withinTime(closed, LAST_WORDS_MS);
      for (const connection of connections) connection.destroy();
      // Of TLS there may be some that never came to be connections of ours.
      for (const socket of sockets.open) socket.destroy();
      await closed;
    },
  };
}

function http2Options(limits: ServerLimits): Http2ServerOptions {
  return {
    settings: {
      maxConcurrentStreams: limits.maxConcurrentStreams,
      initialWindowSize: STREAM_WINDOW,
      maxHeaderListSize: limits.maxHeaderBytes,
      enablePush: false,
    },
    maxHeaderListPairs: MAX_HEADER_FIELDS,
    maxSessionMemory: SESSION_MEMORY_MB,
    streamResetBurst: limits.streamResetBurst,
    streamResetRate: limits.streamResetRate,
    maxSessionRejectedStreams: limits.streamResetBurst,
  };
}

type ServeStream = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, rawHeaders: readonly string[]) => void;

/** What is done with each new stream. */
function callOpener(options: GrpcServerOptions, limits: ServerLimits, calls: Set<CallStream>): ServeStream {
  const { methods, streams, onError } = options;
  const { maxMessageBytes, maxCallMs } = limits;
  const decoding = { maxMessageBytes, budget: new ByteBudget(maxMessageBytes * BUDGET_MESSAGES) };
  return (stream, headers, rawHeaders) => {
    // A stream fails because of the caller or the connection; what its handler hears of that is the signal.
    stream.on('error', () => {});
    const head = readHead(headers, rawHeaders, limits.maxHeaderBytes);
    if (head.kind === 'http') return answerHead(stream, head.status);
    const streamed = head.kind === 'grpc' ? undefined : streams?.get(head.path);
    const deadlineMs = head.kind === 'grpc' ? undefined : head.deadlineMs;
    const mayLast = streamed !== undefined;
    const call = new CallStream({ stream, rawHeaders, deadlineMs, maxCallMs, mayLast, onError });
    calls.add(call);
    stream.on('close', () => calls.delete(call));
    if (head.kind === 'grpc') return call.fail(head.error);
    if (streamed !== undefined) return serveStream(streamed, { call, unseenBytes: UNSEEN_BYTES, ...decoding });
    const handler = methods.get(head.path);
    if (handler === undefined) return call.fail(new GrpcError(GRPC_CODE.UNIMPLEMENTED, 'no such method'));
    serveUnary(call, handler, decoding);
  };
}
