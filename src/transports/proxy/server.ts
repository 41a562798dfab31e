import { setMaxListeners } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Facts } from '../../decision/facts.ts';
import type { Clock } from '../../kit/clock.ts';
import { followConnections } from '../http/connections.ts';
import { refuseRaw } from '../http/refuse-raw.ts';
import { createStrictServer, type StrictServer, type StrictServerOptions } from '../http/strict-server.ts';
import { createPlaces } from '../reply/places.ts';
import type { Door } from './door.ts';
import { handleRequest } from './handle-request.ts';
import { createMemoryBudget, type MemoryBudget } from './memory-budget.ts';
import { createPassthrough } from './passthrough.ts';
import type { ProxyAssembly } from './proxy-assembly.ts';
import { RefusalPace } from './refusal-pace.ts';
import { resolveHost, type ResolveHost } from './resolve-host.ts';
import { tlsOptions } from './tls-options.ts';
import { createUpstreams } from './upstreams.ts';

/** Limits of the HTTP server, all with defaults. */
type HttpLimits = Pick<
  StrictServerOptions,
  'maxHeaderBytes' | 'maxConnections' | 'headersTimeoutMs' | 'requestTimeoutMs' | 'timeoutCheckMs'
>;

export interface ProxyServerOptions<F extends Facts = Facts> extends HttpLimits {
  readonly address: StrictServerOptions['address'];
  /** The assembly of the last good configuration; asked anew for each request and stream. */
  readonly current: () => ProxyAssembly<F>;
  readonly clock: Clock;
  /** Open-ended streams that one caller may have at once. Default 100. */
  readonly maxStreamsPerPrincipal?: number;
  /** Memory for bodies and replies, shared by all listeners. Default: 64 MiB of each for this one. */
  readonly memory?: MemoryBudget;
  /** What host names of passthrough routes stand for. Default: as the operating system resolves them. */
  readonly resolve?: ResolveHost;
  /** From 0 up to, and not including, 1. Default: as Node has it. */
  readonly random?: () => number;
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

const DEFAULT_MAX_STREAMS = 100;
const DEFAULT_MAX_BUFFERED_BYTES = 64 * 1024 * 1024;

/** A door that is not listening yet. */
export function createProxyServer<F extends Facts>(options: ProxyServerOptions<F>): ProxyDoor {
  const draining = new AbortController();
  const stopping = new AbortController();
  // One signal ends as many streams as there are; Node would take eleven listeners for a leak.
  setMaxListeners(0, draining.signal, stopping.signal);
  let port: number | undefined;
  const door: Door<F> = {
    current: options.current,
    clock: options.clock,
    upstreams: createUpstreams(),
    passthrough: createPassthrough(),
    resolve: options.resolve ?? resolveHost,
    connections: followConnections(),
    memory: options.memory ?? createMemoryBudget(DEFAULT_MAX_BUFFERED_BYTES),
    random: options.random ?? Math.random,
    places: createPlaces(),
    pace: new RefusalPace(),
    maxStreamsPerPrincipal: options.maxStreamsPerPrincipal ?? DEFAULT_MAX_STREAMS,
    draining: draining.signal,
    stopping: stopping.signal,
    port: () => port,
    onError: options.onError,
  };
  const server = httpServer(options, door);
  followReloads(door, renewing(server, door.current().tls));
  return {
    async listen() {
      const address = await server.listen();
      port = typeof address === 'string' ? undefined : address.port;
      return address;
    },
    async drain(withinMs) {
      draining.abort();
      await server.drain(withinMs, () => stopping.abort());
      await Promise.allSettled([door.upstreams.close()]);
      door.passthrough.close();
    },
  };
}

function httpServer<F extends Facts>(options: ProxyServerOptions<F>, door: Door<F>): StrictServer {
  const { tls } = options.current();
  return createStrictServer({
    ...options,
    ...(tls === undefined ? {} : { tls: tlsOptions(tls) }),
    serve: (request, response) => handleRequest(door, request, response),
    refuseRaw: (socket, reason) => refuseRaw({ clock: door.clock, recorder: door.current().recorder }, socket, reason),
  });
}

/** Takes over the certificates of a new configuration, and lets go of upstream connections that it does not use. */
function followReloads<F extends Facts>(door: Door<F>, renew: (tls: ProxyAssembly['tls']) => void): void {
  const { superseded } = door.current();
  setMaxListeners(0, superseded);
  const follow = (): void => {
    try {
      const { tls, servers } = door.current();
      renew(tls);
      door.upstreams.retain(servers);
    } catch (error) {
      door.onError(error);
    }
    followReloads(door, renew);
  };
  superseded.addEventListener('abort', follow, { once: true, signal: door.draining });
}

/**
 * What a listener asks of its clients is settled when it opens. A context without an authority would make Node trust every
 * public one, so certificates that come without it, or to a listener without TLS, change nothing.
 */
function renewing(server: StrictServer, opened: ProxyAssembly['tls']): (tls: ProxyAssembly['tls']) => void {
  return (tls) => {
    if (tls !== undefined && tls.clientCertificates === opened?.clientCertificates) server.renew(tlsOptions(tls));
  };
}
