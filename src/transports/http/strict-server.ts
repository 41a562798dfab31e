import { chmodSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, ListenOptions, Socket } from 'node:net';
import { Server as TlsServer, type SecureContextOptions, type TlsOptions } from 'node:tls';
import type { ReasonCode } from '../../call/reason.ts';
import type { Clock } from '../../kit/clock.ts';
import { withinTime } from '../../kit/within-time.ts';
import { claimSocket } from './claim-socket.ts';
import { closeWithCertificate } from './close-with-certificate.ts';

export interface StrictServerOptions {
  /**
   * Where to listen. The host is loopback unless the operator says otherwise; a socket is one that nobody but this user can
   * reach.
   */
  readonly address:
    | { readonly kind: 'tcp'; readonly host?: string; readonly port: number }
    | { readonly kind: 'socket'; readonly path: string };
  /** Without it the server speaks plain HTTP. */
  readonly tls?: TlsOptions;
  /** By it a client certificate ends, and its connection. */
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Largest header block, bytes. Default 60 KiB. */
  readonly maxHeaderBytes?: number;
  /** Connections that may be open at once; more are dropped. Default 4096. */
  readonly maxConnections?: number;
  /** Longest time until a header block is there, milliseconds. Default 10 000. */
  readonly headersTimeoutMs?: number;
  /** Longest time until a whole request is there, milliseconds. Default 30 000. */
  readonly requestTimeoutMs?: number;
  /** How often those two are looked at, milliseconds. Default 1000. */
  readonly timeoutCheckMs?: number;
  /** Serves one request to the end of its exchange. Never rejects. */
  readonly serve: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  /** Answers what is no request on the bare connection, and closes it. */
  readonly refuseRaw: (socket: Socket, reason: ReasonCode) => void;
}

/** An HTTP/1.1 server that guesses nothing: what is read in two ways somewhere is no request here. */
export interface StrictServer {
  /** Begins to listen. @throws when the address cannot be had. */
  listen(): Promise<AddressInfo | string>;
  /** Shows these certificates to whoever connects from now on. Nothing happens without TLS. @throws when they cannot be used. */
  renew(certificates: SecureContextOptions): void;
  /**
   * Accepts nothing more, waits for exchanges up to `withinMs`, then calls `stop` and waits a little more. Resolves when every
   * connection is closed.
   */
  drain(withinMs: number, stop: () => void): Promise<void>;
}

const DEFAULT_MAX_HEADER_BYTES = 60 * 1024;
const DEFAULT_MAX_CONNECTIONS = 4096;
const DEFAULT_HEADERS_TIMEOUT_MS = 10_000;
const DEFAULT_REQUEST_TIMEOUT_MS = 30_000;
const DEFAULT_TIMEOUT_CHECK_MS = 1000;
const KEEP_ALIVE_MS = 65_000;
/** Time for last words to be read once the service must stop, milliseconds. */
const LAST_WORDS_MS = 1000;

/** A server that is not listening yet. */
export function createStrictServer(options: StrictServerOptions): StrictServer {
  const server = httpServer(options);
  const running = serveOn(server, options);
  server.maxConnections = options.maxConnections ?? DEFAULT_MAX_CONNECTIONS;
  return {
    listen: () => listen(server, options.address),
    renew(certificates) {
      if (server instanceof TlsServer) server.setSecureContext(certificates);
    },
    async drain(withinMs, stop) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await withinTime(Promise.allSettled(running), withinMs);
      stop();
      await withinTime(Promise.allSettled(running), LAST_WORDS_MS);
      server.closeIdleConnections();
      await withinTime(closed, LAST_WORDS_MS);
      server.closeAllConnections();
      await closed;
    },
  };
}

function httpServer(given: StrictServerOptions): Server {
  const { tls, maxHeaderBytes, headersTimeoutMs, requestTimeoutMs, timeoutCheckMs } = given;
  const options: ServerOptions = {
    insecureHTTPParser: false,
    maxHeaderSize: maxHeaderBytes ?? DEFAULT_MAX_HEADER_BYTES,
    // Checked with the rest of the framing, so that its refusal has a body.
    requireHostHeader: false,
    headersTimeout: headersTimeoutMs ?? DEFAULT_HEADERS_TIMEOUT_MS,
    requestTimeout: requestTimeoutMs ?? DEFAULT_REQUEST_TIMEOUT_MS,
    connectionsCheckingInterval: timeoutCheckMs ?? DEFAULT_TIMEOUT_CHECK_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    noDelay: true,
  };
  const server = tls === undefined ? createServer(options) : createTlsServer({ ...options, ...tls });
  // Node drops fields beyond its limit without a word: two readers would then see two requests. Ours is in framing.ts.
  server.maxHeadersCount = 0;
  return server;
}

/** What Node's parser reports that is not broken framing. */
const PARSER_REASONS: ReadonlyMap<string, ReasonCode> = new Map([
  ['HPE_HEADER_OVERFLOW', 'http.headers-too-large'],
  ['ERR_HTTP_REQUEST_TIMEOUT', 'http.slow'],
]);

/** Wires the listener; the set holds what is in progress. */
function serveOn(
  server: Server,
  { serve, refuseRaw, clock }: Pick<StrictServerOptions, 'serve' | 'refuseRaw' | 'clock'>,
): Set<Promise<void>> {
  const running = new Set<Promise<void>>();
  const begun = new WeakMap<Socket, ServerResponse>();
  const take = (request: IncomingMessage, response: ServerResponse): void => {
    begun.set(request.socket, response);
    const done = serve(request, response).finally(() => {
      running.delete(done);
    });
    running.add(done);
  };
  server.on('secureConnection', (socket) => closeWithCertificate(socket, clock.nowMs(), () => begun.get(socket)));
  // `Expect` in either form would make Node answer with a status below 200; it is refused with the other framing.
  server.on('request', take).on('checkContinue', take).on('checkExpectation', take);
  const refused = new WeakSet<Socket>();
  const refuseOnce = (socket: Socket, reason: ReasonCode): void => {
    // The parser goes on with what was on its way, and finds fault with that too.
    if (!refused.has(socket)) refuseRaw(socket, reason);
    refused.add(socket);
  };
  server.on('connect', (_request, socket: Socket) => refuseOnce(socket, 'http.framing'));
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const response = begun.get(socket);
    const busy = response !== undefined && response.headersSent && !response.writableFinished;
    // Text in the middle of another answer would be read as part of it.
    // Who connects and says nothing (a port probe, a spare connection of a pool) has asked for nothing.
    const silent = error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && socket.bytesRead === 0;
    if (busy || silent || error.code === 'ECONNRESET') socket.destroy();
    else refuseOnce(socket, PARSER_REASONS.get(error.code ?? '') ?? 'http.framing');
  });
  return running;
}

async function listen(server: Server, address: StrictServerOptions['address']): Promise<AddressInfo | string> {
  if (address.kind === 'socket') await claimSocket(address.path);
  const where: ListenOptions =
    address.kind === 'tcp' ? { host: address.host ?? '127.0.0.1', port: address.port } : { path: address.path };
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen(where, resolve);
  await promise;
  server.off('error', reject);
  if (address.kind === 'socket') chmodSync(address.path, 0o600);
  return server.address() ?? '';
}
