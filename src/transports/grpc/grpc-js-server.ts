import { chmod } from 'node:fs/promises';
import {
  type sendUnaryData,
  Server,
  ServerCredentials,
  type ServerInterceptor,
  ServerInterceptingCall,
  status,
  type ServerUnaryCall,
} from '@grpc/grpc-js';
import { claimSocket } from './claim-socket.ts';
import { GRPC_CODE, GrpcError } from './grpc-error.ts';
import { GrpcJsCall } from './grpc-js-call.ts';
import type { GrpcAddress, GrpcServer, GrpcServerOptions, UnaryHandler } from './grpc-server.ts';
import { type ServerLimits, serverLimits } from './server-limits.ts';
import { withinTime } from './within-time.ts';

/** Time for last answers to be read once the server must stop, milliseconds. */
const LAST_WORDS_MS = 500;

/**
 * Engine 1: `@grpc/grpc-js`. Not listening yet.
 *
 * Against engine 2 it lacks: `maxConnections`; a limit of control frames; a bound over all unfinished requests; the refusal of
 * the compression flag where no encoding was named, of a `grpc-timeout` with something around it, and of other HTTP methods. A
 * call that is reset when all of its message has come still reaches its handler, and of what becomes of an answer nothing is
 * heard.
 *
 * @throws when the library no longer has what its limits are set by.
 */
export function createGrpcJsServer(options: GrpcServerOptions): GrpcServer {
  const limits = serverLimits(options);
  const server = new Server({
    'grpc.max_receive_message_length': limits.maxMessageBytes,
    'grpc.max_send_message_length': -1,
    'grpc.enable_channelz': 0,
    interceptors: [refuseCompressed],
  });
  setHttp2Options(server, limits);
  const calls = new Set<GrpcJsCall>();
  for (const [path, handler] of options.methods) register(server, path, opener(handler, limits, options, calls));
  return {
    listen: () => listen(server, options.address),
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
function register(server: Server, path: string, serve: Serve): void {
  const serialize = (reply: Uint8Array): Buffer => Buffer.from(reply.buffer, reply.byteOffset, reply.byteLength);
  server.register<Buffer, Uint8Array>(path, serve, serialize, (bytes) => bytes, 'unary');
}

function opener(
  handler: UnaryHandler,
  limits: ServerLimits,
  options: GrpcServerOptions,
  calls: Set<GrpcJsCall>,
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

/** The library would unpack gzip and deflate. It says the encoding nowhere but in a field of its own. */
const refuseCompressed: ServerInterceptor = (_method, call) =>
  new ServerInterceptingCall(call, {
    start(next) {
      next({
        onReceiveMetadata(metadata, proceed) {
          if (Reflect.get(call, 'incomingEncoding') === 'identity') return proceed(metadata);
          call.sendStatus({ code: status.UNIMPLEMENTED, details: 'compressed messages are not accepted' });
        },
      });
    },
  });

/** There is no public way to the options of the HTTP/2 server (reference: grpc-node issue 2625). */
function setHttp2Options(server: Server, limits: ServerLimits): void {
  const common: unknown = Reflect.get(server, 'commonServerOptions');
  if (typeof common !== 'object' || common === null) throw new Error('@grpc/grpc-js: no commonServerOptions');
  Object.assign(common, {
    streamResetBurst: limits.streamResetBurst,
    streamResetRate: limits.streamResetRate,
    settings: { maxConcurrentStreams: limits.maxConcurrentStreams, maxHeaderListSize: limits.maxHeaderBytes },
  });
}

async function listen(server: Server, address: GrpcAddress): Promise<GrpcAddress> {
  if (address.kind === 'socket') await claimSocket(address.path);
  const port = await bind(server, nameOf(address));
  if (address.kind === 'tcp') return { ...address, port };
  await chmod(address.path, 0o600);
  return address;
}

function nameOf(address: GrpcAddress): string {
  if (address.kind === 'socket') return `unix:${address.path}`;
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}

function bind(server: Server, name: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(name, ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) resolve(port);
      else reject(error);
    });
  });
}
