import { once, setMaxListeners } from 'node:events';
import type { Facts } from '../../decision/facts.ts';
import { type ClientCertificates, createReadPeer } from './read-peer.ts';
import { createGrpcJsServer } from '../grpc/grpc-js-server.ts';
import type { GrpcAddress, GrpcTls } from '../grpc/grpc-server.ts';
import { createHealth } from '../grpc/health.ts';
import {
  createGrpcServer,
  type GrpcServer,
  type GrpcServerOptions,
  type StreamHandler,
  type UnaryHandler,
} from '../grpc/server.ts';
import { createPlaces } from '../reply/places.ts';
import type { EnvoyDoor } from './envoy-door.ts';
import { WorkInProgress } from './work-in-progress.ts';

/** What one socket serves beside its health, by full path of the method. */
export interface EnvoyServices {
  readonly methods: ReadonlyMap<string, UnaryHandler>;
  /** Streams each of which is about one exchange. */
  readonly streams: ReadonlyMap<string, StreamHandler>;
  /** Streams that tell what became of exchanges, and last as long as the other side does: nobody waits for their end. */
  readonly reports: ReadonlyMap<string, StreamHandler>;
}

/** What the services of one socket share. */
export interface ServedEnvoyDoor<F extends Facts = Facts> extends EnvoyDoor<F> {
  /** Aborts when the service stops and knows what became of every call, or can wait for that no longer. */
  readonly told: AbortSignal;
}

/** What a listener adds to what its services share. */
export interface EnvoyServerOptions<F extends Facts = Facts>
  extends Omit<EnvoyDoor<F>, 'readPeer' | 'places' | 'draining' | 'stopping'> {
  /** What is served by this door. */
  readonly services: (door: ServedEnvoyDoor<F>) => EnvoyServices;
  readonly address: EnvoyDoorAddress;
  readonly engine: 'http2' | 'grpc-js';
  /** Largest message of Envoy's, bytes. */
  readonly maxMessageBytes: number;
  readonly clientCertificates: ClientCertificates;
}

/**
 * Where Envoy asks: a socket, in a directory of mode 0700 of this user's own, or TLS for pinned clients. Never plain TCP:
 * whoever reaches this door says what certificate an agent has shown, and reads credentials in the answers.
 */
export type EnvoyDoorAddress = Exclude<GrpcAddress, { readonly kind: 'tcp' }>;

/** A door for Envoy alone. */
export interface EnvoyServerDoor {
  /** Begins to listen and says where. @throws when the address cannot be had, or others could reach the socket. */
  listen(): Promise<GrpcAddress>;
  /** Shows other certificates from now on. @throws as `GrpcServer.renew()` does. */
  renew(tls: GrpcTls): void;
  /**
   * Says NOT_SERVING, ends open-ended streams, lets what was asked and allowed end within `withinMs`, ends what is left, and
   * closes. The outcome of what nobody told by then is `unknown`.
   *
   * Until nothing is open any more, it goes on to be asked, and to refuse: a call whose outcome comes by a stream that is not
   * open yet would else never be told.
   */
  drain(withinMs: number): Promise<void>;
}

/** Time for last events to be read once the service must stop, milliseconds. */
const LAST_WORDS_MS = 500;

/** A server for one listener that Envoy asks, not listening yet. */
export function createEnvoyServer<F extends Facts>(options: EnvoyServerOptions<F>): EnvoyServerDoor {
  const draining = new AbortController();
  const told = new AbortController();
  const stopping = new AbortController();
  // One signal ends as many streams as there are; Node would take eleven listeners for a leak.
  setMaxListeners(0, draining.signal, told.signal, stopping.signal);
  const { methods, streams, reports } = options.services({
    ...options,
    readPeer: createReadPeer(options.clientCertificates, options.clock),
    places: createPlaces(),
    draining: draining.signal,
    told: told.signal,
    stopping: stopping.signal,
  });
  const work = new WorkInProgress();
  const served = [...methods.keys(), ...streams.keys(), ...reports.keys()];
  const health = createHealth(served.map((path) => path.slice(1, path.lastIndexOf('/'))));
  const server = engineOf(options)({
    address: options.address,
    methods: new Map([...followed(methods, work), ...health.methods]),
    streams: new Map([...followed(streams, work), ...reports]),
    maxMessageBytes: options.maxMessageBytes,
    onError: options.onError,
  });
  const { exchanges } = options;
  const allTold = async (): Promise<void> => {
    await work.over();
    await exchanges.whenEmpty();
  };
  return {
    async listen() {
      const bound = await server.listen();
      health.setServing(true);
      return bound;
    },
    renew: (tls) => server.renew(tls),
    async drain(withinMs) {
      health.setServing(false);
      draining.abort();
      const stop = setTimeout(() => stopping.abort(), withinMs);
      // When nobody is connected any more, nobody will tell.
      await Promise.race([allTold(), server.whenAlone(), aborted(stopping.signal)]);
      told.abort();
      await server.drain(LAST_WORDS_MS);
      clearTimeout(stop);
      exchanges.close();
    },
  };
}

function aborted(signal: AbortSignal): Promise<unknown> {
  return signal.aborted ? Promise.resolve() : once(signal, 'abort');
}

function followed<A extends readonly unknown[], R>(
  handlers: ReadonlyMap<string, (...args: A) => Promise<R>>,
  work: WorkInProgress,
): ReadonlyMap<string, (...args: A) => Promise<R>> {
  return new Map([...handlers].map(([path, handler]) => [path, work.follow(handler)]));
}

function engineOf({ engine }: Pick<EnvoyServerOptions, 'engine'>): (options: GrpcServerOptions) => GrpcServer {
  return engine === 'http2' ? createGrpcServer : createGrpcJsServer;
}
