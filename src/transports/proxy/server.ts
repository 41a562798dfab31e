import { setMaxListeners } from 'node:events';
import { chmodSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, ListenOptions, Socket } from 'node:net';
import type { ReasonCode } from '../../call/reason.ts';
import type { Facts } from '../../decision/facts.ts';
import type { Clock } from '../../kit/clock.ts';
import { followConnections } from './connections.ts';
import type { Door } from './door.ts';
import { handleRequest } from './handle-request.ts';
import { createMemoryBudget, type MemoryBudget } from './memory-budget.ts';
import { createPassthrough } from './passthrough.ts';
import { createPlaces } from './places.ts';
import type { ProxyAssembly } from './proxy-assembly.ts';
import { refuseRaw } from './refuse-raw.ts';
import { type ListenerTls, tlsOptions } from './tls-options.ts';
import { createUpstreams } from './upstreams.ts';

export interface ProxyServerOptions<F extends Facts = Facts> {
  /** Where to listen. The host is loopback unless the operator says otherwise. */
  readonly address:
    | { readonly kind: 'tcp'; readonly host?: string; readonly port: number }
    | { readonly kind: 'socket'; readonly path: string };
  /** Without it the listener speaks plain HTTP. */
  readonly tls?: ListenerTls;
  /** The assembly of the last good configuration; asked anew for each request and stream. */
  readonly current: () => ProxyAssembly<F>;
  readonly clock: Clock;
  /** Largest header block, bytes. Default 60 KiB. */
  readonly maxHeaderBytes?: number;
  /** Connections that may be open at once; more are dropped. Default 4096. */
  readonly maxConnections?: number;
  /** Open-ended streams that one caller may have at once. Default 100. */
  readonly maxStreamsPerPrincipal?: number;
  /** Memory for bodies and replies, shared by all listeners. Default: 64 MiB of each for this one. */
  readonly memory?: MemoryBudget;
  /** Longest time until a header block is there, milliseconds. Default 10 000. */
  readonly headersTimeoutMs?: number;
  /** Longest time until a whole request is there, milliseconds. Default 30 000. */
  readonly requestTimeoutMs?: number;
  /** How often those two are looked at, milliseconds. Default 1000. */
  readonly timeoutCheckMs?: number;
  /** Hears what was thrown where nothing should throw. */
  readonly onError: (error: unknown) => void;
}

/** The built-in proxy on one listener. */
export interface ProxyDoor {
  /** Begins to listen. @throws when the address cannot be had. */
  listen(): Promise<AddressInfo | string>;
  /**
   * Stops: accepts nothing more, answers new requests 503, ends open-ended streams with a last event, waits for calls up to
   * `withinMs` and then ends those too. Resolves when every connection is closed.
   */
  drain(withinMs: number): Promise<void>;
}

const DEFAULT_MAX_HEADER_BYTES = 60 * 1024;
const DEFAULT_MAX_CONNECTIONS = 4096;
const DEFAULT_MAX_STREAMS = 100;
const DEFAULT_MAX_BUFFERED_BYTES = 64 * 1024 * 1024;
const DEFAULT_HEADERS_TIMEOUT_MS = 10_000;
const DEFAULT_REQUEST_TIMEOUT_MS = 30_000;
const DEFAULT_TIMEOUT_CHECK_MS = 1000;
const KEEP_ALIVE_MS = 65_000;
/** Time for last events to be read once the service must stop, milliseconds. */
const LAST_WORDS_MS = 1000;

/** A door that is not listening yet. */
export function createProxyServer<F extends Facts>(options: ProxyServerOptions<F>): ProxyDoor {
  const draining = new AbortController();
  const stopping = new AbortController();
  const server = httpServer(options);
  // One signal ends as many streams as there are; Node would take eleven listeners for a leak.
  setMaxListeners(0, draining.signal, stopping.signal);
  let port: number | undefined;
  const door: Door<F> = {
    current: options.current,
    clock: options.clock,
    upstreams: createUpstreams(),
    passthrough: createPassthrough(),
    connections: followConnections(),
    memory: options.memory ?? createMemoryBudget(DEFAULT_MAX_BUFFERED_BYTES),
    places: createPlaces(),
    maxStreamsPerPrincipal: options.maxStreamsPerPrincipal ?? DEFAULT_MAX_STREAMS,
    draining: draining.signal,
    stopping: stopping.signal,
    port: () => port,
    onError: options.onError,
  };
  const running = serveOn(server, door);
  server.maxConnections = options.maxConnections ?? DEFAULT_MAX_CONNECTIONS;
  followReloads(door);
  return {
    async listen() {
      const address = await listen(server, options.address);
      port = typeof address === 'string' ? undefined : address.port;
      return address;
    },
    async drain(withinMs) {
      draining.abort();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await withinTime(Promise.allSettled(running), withinMs);
      stopping.abort();
      await withinTime(Promise.allSettled(running), LAST_WORDS_MS);
      server.closeIdleConnections();
      await withinTime(closed, LAST_WORDS_MS);
      server.closeAllConnections();
      await Promise.allSettled([closed, door.upstreams.close()]);
      door.passthrough.close();
    },
  };
}

type HttpOptions = Pick<
  ProxyServerOptions,
  'tls' | 'maxHeaderBytes' | 'headersTimeoutMs' | 'requestTimeoutMs' | 'timeoutCheckMs'
>;

function httpServer({ tls, maxHeaderBytes, headersTimeoutMs, requestTimeoutMs, timeoutCheckMs }: HttpOptions): Server {
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
  const server = tls === undefined ? createServer(options) : createTlsServer({ ...options, ...tlsOptions(tls) });
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
function serveOn<F extends Facts>(server: Server, door: Door<F>): Set<Promise<void>> {
  const running = new Set<Promise<void>>();
  const begun = new WeakMap<Socket, ServerResponse>();
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    begun.set(request.socket, response);
    const done = handleRequest(door, request, response).finally(() => {
      running.delete(done);
    });
    running.add(done);
  };
  // `Expect` in either form would make Node answer with a status below 200; it is refused with the other framing.
  server.on('request', serve).on('checkContinue', serve).on('checkExpectation', serve);
  server.on('connect', (_request, socket: Socket) => refuseRaw(door, socket, 'http.framing'));
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const response = begun.get(socket);
    const busy = response !== undefined && response.headersSent && !response.writableFinished;
    // Text in the middle of another answer would be read as part of it.
    // Who connects and says nothing (a port probe, a spare connection of a pool) has asked for nothing.
    const silent = error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && socket.bytesRead === 0;
    if (busy || silent || error.code === 'ECONNRESET') socket.destroy();
    else refuseRaw(door, socket, PARSER_REASONS.get(error.code ?? '') ?? 'http.framing');
  });
  return running;
}

/** Lets go of upstream connections that the new configuration does not use. */
function followReloads<F extends Facts>(door: Door<F>): void {
  const { superseded } = door.current();
  setMaxListeners(0, superseded);
  superseded.addEventListener(
    'abort',
    () => {
      try {
        door.upstreams.retain(door.current().servers);
      } catch (error) {
        door.onError(error);
      }
      followReloads(door);
    },
    { once: true, signal: door.draining },
  );
}

async function listen(server: Server, address: ProxyServerOptions['address']): Promise<AddressInfo | string> {
  const where: ListenOptions =
    address.kind === 'tcp' ? { host: address.host ?? '127.0.0.1', port: address.port } : { path: address.path };
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen(where, resolve);
  await promise;
  server.off('error', reject);
  if (address.kind === 'socket') chmodSync(address.path, 0o600);
  return server.address() ?? '';
}

async function withinTime(work: Promise<unknown>, ms: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([work, promise]);
  clearTimeout(timer);
}
