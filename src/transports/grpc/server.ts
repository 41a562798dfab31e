import { chmod } from 'node:fs/promises';
import {
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
  type ServerOptions as Http2ServerOptions,
} from 'node:http2';
import { type ListenOptions, Server as NetServer } from 'node:net';
import { answerHead, readHead } from './accept-call.ts';
import { ByteBudget } from './byte-budget.ts';
import { CallStream } from './call-stream.ts';
import { claimSocket } from './claim-socket.ts';
import { Connection } from './connection.ts';
import { GRPC_CODE, GrpcError } from './grpc-error.ts';
import type { GrpcAddress, GrpcServer, GrpcServerOptions } from './grpc-server.ts';
import { serveUnary } from './serve-unary.ts';
import { type ServerLimits, serverLimits } from './server-limits.ts';
import { withinTime } from './within-time.ts';

export type { GrpcServer, GrpcServerOptions, UnaryCall, UnaryHandler } from './grpc-server.ts';

/** Bytes that a peer may send before they were read: per call, and all calls of a connection together. */
const STREAM_WINDOW = 256 * 1024;
const CONNECTION_WINDOW = 8 * 1024 * 1024;
/** Bytes that unfinished requests may hold, as a multiple of the largest one. */
const BUDGET_MESSAGES = 64;
/** More header fields than any caller of ours sends. */
const MAX_HEADER_FIELDS = 128;
/** Megabytes of queued frames and headers that one connection may cost us. */
const SESSION_MEMORY_MB = 32;
/** Time for last answers to be read once the server must stop, milliseconds. */
const LAST_WORDS_MS = 500;

/** Engine 2: our own framing of gRPC over node:http2. Not listening yet. */
export function createGrpcServer(options: GrpcServerOptions): GrpcServer {
  const limits = serverLimits(options);
  const server = createServer(http2Options(limits));
  const connections = new Set<Connection>();
  let draining = false;
  const calls = new Set<CallStream>();
  const serve = callOpener(options, limits, calls);
  server.maxConnections = limits.maxConnections;
  server.on('session', (session) => {
    session.setLocalWindowSize(CONNECTION_WINDOW);
    session.on('stream', (stream, headers, _flags, rawHeaders) => serve(stream, headers, rawHeaders));
    const connection = new Connection(session);
    connections.add(connection);
    session.on('close', () => connections.delete(connection));
    if (draining) connection.drain();
  });
  return {
    listen: () => listen(server, options.address),
    async drain(withinMs) {
      const closed = stopListening(server);
      draining = true;
      for (const connection of connections) connection.drain();
      await withinTime(closed, withinMs);
      for (const call of calls) call.abandon(new GrpcError(GRPC_CODE.UNAVAILABLE, 'the server is shutting down'));
      await withinTime(closed, LAST_WORDS_MS);
      for (const connection of connections) connection.destroy();
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
  };
}

type ServeStream = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, rawHeaders: readonly string[]) => void;

/** What is done with each new stream. */
function callOpener(options: GrpcServerOptions, limits: ServerLimits, calls: Set<CallStream>): ServeStream {
  const { methods, onError } = options;
  const shared = {
    maxMessageBytes: limits.maxMessageBytes,
    maxCallMs: limits.maxCallMs,
    budget: new ByteBudget(limits.maxMessageBytes * BUDGET_MESSAGES),
    onError,
  };
  return (stream, headers, rawHeaders) => {
    // A stream fails because of the caller or the connection; what its handler hears of that is the signal.
    stream.on('error', () => {});
    const head = readHead(headers, rawHeaders, limits.maxHeaderBytes);
    if (head.kind === 'http') return answerHead(stream, head.status);
    const call = new CallStream({
      ...shared,
      stream,
      rawHeaders,
      deadlineMs: head.kind === 'grpc' ? undefined : head.deadlineMs,
    });
    calls.add(call);
    stream.on('close', () => calls.delete(call));
    if (head.kind === 'grpc') return call.fail(head.error);
    const handler = methods.get(head.path);
    if (handler === undefined) return call.fail(new GrpcError(GRPC_CODE.UNIMPLEMENTED, 'no such method'));
    serveUnary(call, handler);
  };
}

async function listen(server: Http2Server, address: GrpcAddress): Promise<GrpcAddress> {
  if (address.kind === 'socket') await claimSocket(address.path);
  const where: ListenOptions =
    address.kind === 'tcp' ? { host: address.host, port: address.port } : { path: address.path };
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen(where, resolve);
  await promise;
  server.off('error', reject);
  if (address.kind === 'socket') {
    await chmod(address.path, 0o600);
    return address;
  }
  const bound = server.address();
  return typeof bound === 'object' && bound !== null ? { ...address, port: bound.port } : address;
}

/** Resolves when the last connection has closed. `Http2Server.close()` would end them with one GOAWAY, and lose calls. */
function stopListening(server: Http2Server): Promise<void> {
  return new Promise((resolve) => {
    NetServer.prototype.close.call(server, () => resolve());
  });
}
