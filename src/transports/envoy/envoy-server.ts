import { setMaxListeners } from 'node:events';
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

/** What one socket serves beside its health, by full path of the method. */
export interface EnvoyServices {
  readonly methods: ReadonlyMap<string, UnaryHandler>;
  readonly streams: ReadonlyMap<string, StreamHandler>;
}

/** What a listener adds to what its services share. */
export interface EnvoyServerOptions<F extends Facts = Facts>
  extends Omit<EnvoyDoor<F>, 'readPeer' | 'places' | 'draining' | 'stopping'> {
  /** What is served by this door. */
  readonly services: (door: EnvoyDoor<F>) => EnvoyServices;
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
   */
  drain(withinMs: number): Promise<void>;
}

/** Time for last events to be read once the service must stop, milliseconds. */
const LAST_WORDS_MS = 500;

/** A server for one listener that Envoy asks, not listening yet. */
export function createEnvoyServer<F extends Facts>(options: EnvoyServerOptions<F>): EnvoyServerDoor {
  const draining = new AbortController();
  const stopping = new AbortController();
  // One signal ends as many streams as there are; Node would take eleven listeners for a leak.
  setMaxListeners(0, draining.signal, stopping.signal);
  const { methods, streams } = options.services({
    ...options,
    readPeer: createReadPeer(options.clientCertificates, options.clock),
    places: createPlaces(),
    draining: draining.signal,
    stopping: stopping.signal,
  });
  const served = [...methods.keys(), ...streams.keys()];
  const health = createHealth(served.map((path) => path.slice(1, path.lastIndexOf('/'))));
  const server = engineOf(options)({
    address: options.address,
    methods: new Map([...methods, ...health.methods]),
    streams,
    maxMessageBytes: options.maxMessageBytes,
    onError: options.onError,
  });
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
      await server.drain(withinMs + LAST_WORDS_MS);
      clearTimeout(stop);
      options.exchanges.close();
    },
  };
}

function engineOf({ engine }: Pick<EnvoyServerOptions, 'engine'>): (options: GrpcServerOptions) => GrpcServer {
  return engine === 'http2' ? createGrpcServer : createGrpcJsServer;
}
