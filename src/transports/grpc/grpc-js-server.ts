import { chmod } from 'node:fs/promises';
import type { ServerHttp2Session } from 'node:http2';
import { Server as NetServer } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import {
  type handleBidiStreamingCall,
  type sendUnaryData,
  Server,
  ServerCredentials,
  type ServerInterceptor,
  ServerInterceptingCall,
  status,
  type ServerUnaryCall,
} from '@grpc/grpc-js';
import { admitClients, type AdmitClient } from './admit-client.ts';
import { endWithCertificate } from './end-with-certificate.ts';
import { claimSocket } from '../http/claim-socket.ts';
import { GRPC_CODE, GrpcError } from './grpc-error.ts';
import { GrpcJsCall } from './grpc-js-call.ts';
import { GrpcJsStream } from './grpc-js-stream.ts';
import type { GrpcAddress, GrpcServer, GrpcServerOptions, StreamHandler, UnaryHandler } from './grpc-server.ts';
import { renewTls, type Sockets, trackSockets } from './listening-server.ts';
import { type ServerLimits, serverLimits } from './server-limits.ts';
import { TLS_OPTIONS } from './tls-options.ts';
import { withinTime } from '../../kit/within-time.ts';

/** Time for last answers to be read once the server must stop, milliseconds. */
const LAST_WORDS_MS = 500;
/** `ReadState.NO_DATA` of the library's decoder. */
const BETWEEN_MESSAGES = 0;

/**
 * Engine 1: `@grpc/grpc-js`. Not listening yet.
 *
 * Against engine 2 it lacks: `maxConnections`; a limit of control frames; a bound over all unfinished requests; the refusal of
 * the compression flag where no encoding was named, of a `grpc-timeout` with something around it, and of other HTTP methods. A
 * call that is reset when all of its message has come still reaches its handler, and of what becomes of an answer nothing is
 * heard. A stream whose handler does not read holds up to sixteen messages more than are counted. A caller who does not take the
 * last of his answer is not cut off before the drain.
 *
 * @throws when the library no longer has what its limits are set by, and RangeError as `admitClients()` does.
 */
export function createGrpcJsServer(options: GrpcServerOptions): GrpcServer {
  const limits = serverLimits(options);
  const server = new Server({
    'grpc.max_receive_message_length': limits.maxMessageBytes,
    'grpc.max_send_message_length': -1,
    'grpc.enable_channelz': 0,
    interceptors: [refuseMalformed],
  });
  setHttp2Options(server, limits, options.address);
  const admits = options.address.kind === 'tls' ? admitClients(options.address.clients) : undefined;
  const calls = new Set<GrpcJsCall | GrpcJsStream>();
  for (const [path, handler] of options.methods) register(server, path, opener(handler, limits, options, calls));
  for (const [path, handler] of options.streams ?? []) registerStream(server, path, handler, options, calls);
  let sockets: readonly Sockets[] = [];
  return {
    async listen() {
      const address = await listen(server, options.address, admits);
      sockets = listeningServers(server).map(trackSockets);
      return address;
    },
    renew: (tls) => listeningServers(server).forEach((secure) => renewTls(secure, tls)),
    whenAlone: async () => void (await Promise.all(sockets.map((of) => of.whenNone()))),
    async drain(withinMs) {
      const closed = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
      await withinTime(closed, withinMs);
      for (const call of calls) call.abandon(new GrpcError(GRPC_CODE.UNAVAILABLE, 'the server is shutting down'));
      await withinTime(closed, LAST_WORDS_MS);
      server.forceShutdown();
      await withinTime(closed, LAST_WORDS_MS);
    },
  };
}

type Respond = sendUnaryData<Uint8Array>;
type Serve = (call: ServerUnaryCall<Buffer, Uint8Array>, respond: Respond) => void;

/** The library copies a reply with a method that only a `Buffer` has. */
function serialize(reply: Uint8Array): Buffer {
  return Buffer.from(reply.buffer, reply.byteOffset, reply.byteLength);
}

function register(server: Server, path: string, serve: Serve): void {
  server.register<Buffer, Uint8Array>(path, serve, serialize, (bytes) => bytes, 'unary');
}

function registerStream(
  server: Server,
  path: string,
  handler: StreamHandler,
  { onError }: GrpcServerOptions,
  calls: Set<GrpcJsCall | GrpcJsStream>,
): void {
  const serve: handleBidiStreamingCall<Buffer, Uint8Array> = (raw) => {
    const call = new GrpcJsStream(raw, onError);
    calls.add(call);
    void call.run(handler).finally(() => calls.delete(call));
  };
  server.register<Buffer, Uint8Array>(path, serve, serialize, (bytes) => bytes, 'bidi');
}

function opener(
  handler: UnaryHandler,
  limits: ServerLimits,
  options: GrpcServerOptions,
  calls: Set<GrpcJsCall | GrpcJsStream>,
): Serve {
  return (raw, respond) => {
    const call = new GrpcJsCall(raw, respond, limits.maxCallMs, options.onError);
    calls.add(call);
    void answer(handler, raw.request, call).finally(() => calls.delete(call));
  };
}

/** Never rejects. */
async function answer(handler: UnaryHandler, request: Buffer, call: GrpcJsCall): Promise<void> {
  try {
    call.finish(await handler(request, call));
  } catch (error) {
    call.fail(error);
  }
}

/**
 * The library would unpack gzip and deflate, and takes a request that ends within a message for a whole one. It says the
 * encoding, and where it is in the bytes, nowhere but in fields of its own.
 */
const refuseMalformed: ServerInterceptor = (_method, call) =>
  new ServerInterceptingCall(call, {
    start(next) {
      next({
        onReceiveMetadata(metadata, proceed) {
          if (Reflect.get(call, 'incomingEncoding') === 'identity') return proceed(metadata);
          call.sendStatus({ code: status.UNIMPLEMENTED, details: 'compressed messages are not accepted' });
        },
        onReceiveHalfClose(proceed) {
          const decoder: unknown = Reflect.get(call, 'decoder');
          if (Object(decoder).readState === BETWEEN_MESSAGES) return proceed();
          call.sendStatus({ code: status.INTERNAL, details: 'the request ends within a message' });
        },
      });
    },
  });

/** There is no public way to the options of the HTTP/2 server (reference: grpc-node issue 2625). */
function setHttp2Options(server: Server, limits: ServerLimits, address: GrpcAddress): void {
  const common: unknown = Reflect.get(server, 'commonServerOptions');
  if (typeof common !== 'object' || common === null) throw new Error('@grpc/grpc-js: no commonServerOptions');
  Object.assign(common, address.kind === 'tls' ? TLS_OPTIONS : {}, {
    streamResetBurst: limits.streamResetBurst,
    streamResetRate: limits.streamResetRate,
    maxSessionRejectedStreams: limits.streamResetBurst,
    settings: { maxConcurrentStreams: limits.maxConcurrentStreams, maxHeaderListSize: limits.maxHeaderBytes },
  });
}

async function listen(server: Server, address: GrpcAddress, admits?: AdmitClient): Promise<GrpcAddress> {
  if (address.kind === 'socket') await claimSocket(address.path);
  const port = await bind(server, nameOf(address), credentialsOf(address));
  if (admits !== undefined) admitOnly(server, admits);
  if (address.kind !== 'socket') return { ...address, port };
  await chmod(address.path, 0o600);
  return address;
}

function credentialsOf(address: GrpcAddress): ServerCredentials {
  if (address.kind !== 'tls') return ServerCredentials.createInsecure();
  const { cert, key, clientCa } = address.tls;
  const pair = { cert_chain: Buffer.from(cert), private_key: Buffer.from(key) };
  return ServerCredentials.createSsl(Buffer.from(clientCa), [pair], true);
}

/**
 * Closes connections of anybody else before a stream of theirs is looked at. The library has no way to do so: it keeps the
 * servers of `node:http2` to itself. What knocked before is not through its handshake yet.
 */
function admitOnly(server: Server, admits: AdmitClient): void {
  const servers = listeningServers(server);
  const admit = (session: ServerHttp2Session): void => {
    if (admits(session)) endWithCertificate(session, Date.now());
    else session.destroy();
  };
  for (const secure of servers) if (secure instanceof TlsServer) secure.on('session', admit);
  if (servers.every((secure) => secure instanceof TlsServer)) return;
  server.forceShutdown();
  throw new Error('@grpc/grpc-js: no TLS server');
}

/** @throws when the library no longer has them where they were. It is shut down then. */
function listeningServers(server: Server): readonly NetServer[] {
  const bound: unknown = Reflect.get(server, 'http2Servers');
  const servers: readonly unknown[] = bound instanceof Map ? [...bound.keys()] : [];
  const found = servers.filter((one) => one instanceof NetServer);
  if (found.length > 0 && found.length === servers.length) return found;
  server.forceShutdown();
  throw new Error('@grpc/grpc-js: no http2Servers');
}

function nameOf(address: GrpcAddress): string {
  if (address.kind === 'socket') return `unix:${address.path}`;
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}

function bind(server: Server, name: string, credentials: ServerCredentials): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(name, credentials, (error, port) => {
      if (error === null) resolve(port);
      else reject(error);
    });
  });
}
