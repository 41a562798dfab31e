import { chmod } from 'node:fs/promises';
import {
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type ServerOptions as Http2ServerOptions,
} from 'node:http2';
import { type ListenOptions, Server as NetServer, type Socket } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import { claimSocket } from '../http/claim-socket.ts';
import type { GrpcAddress, GrpcTls } from './grpc-server.ts';
import { secureContext, TLS_OPTIONS } from './tls-options.ts';

/** A server of HTTP/2 as `address` needs it, not listening yet. */
export function openServer(address: GrpcAddress, options: Http2ServerOptions): Http2Server | Http2SecureServer {
  if (address.kind !== 'tls') return createServer(options);
  const server = createSecureServer({ ...options, ...TLS_OPTIONS, ...secureContext(address.tls) });
  // What breaks a connection is the peer's doing, and Node leaves these to us.
  return server.on('secureConnection', (socket) => socket.on('error', () => {}));
}

/** Begins to listen and says where. */
export async function listenAt(server: NetServer, address: GrpcAddress): Promise<GrpcAddress> {
  if (address.kind === 'socket') await claimSocket(address.path);
  const where: ListenOptions =
    address.kind === 'socket' ? { path: address.path } : { host: address.host, port: address.port };
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

/** Has new connections of `server` see other files. @throws when it has no TLS, or they do not fit together. */
export function renewTls(server: unknown, tls: GrpcTls): void {
  if (!(server instanceof TlsServer)) throw new TypeError('a server without TLS has nothing to renew');
  server.setSecureContext({ ...TLS_OPTIONS, ...secureContext(tls) });
}

/** The connections of a server. */
export interface Sockets {
  /** Those that are open. */
  readonly open: ReadonlySet<Socket>;
  /** Resolves when none is open. */
  whenNone(): Promise<void>;
}

/** Follows the connections of `server` from now on. */
export function trackSockets(server: NetServer): Sockets {
  const open = new Set<Socket>();
  let none: PromiseWithResolvers<void> | undefined;
  const closed = (socket: Socket): void => {
    open.delete(socket);
    if (open.size > 0) return;
    none?.resolve();
    none = undefined;
  };
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.on('close', () => closed(socket));
  });
  return {
    open,
    whenNone() {
      if (open.size === 0) return Promise.resolve();
      none ??= Promise.withResolvers();
      return none.promise;
    },
  };
}

/** Takes no more connections; resolves when the last connection has closed. `Http2Server.close()` would end them with one GOAWAY, and lose calls. */
export function closeWhenIdle(server: NetServer): Promise<void> {
  return new Promise((resolve) => {
    NetServer.prototype.close.call(server, () => resolve());
  });
}
