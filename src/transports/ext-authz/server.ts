import type { Facts } from '../../decision/facts.ts';
import type { Clock } from '../../kit/clock.ts';
import { createGrpcJsServer } from '../grpc/grpc-js-server.ts';
import { createHealth } from '../grpc/health.ts';
import { createGrpcServer, type GrpcServer, type GrpcServerOptions } from '../grpc/server.ts';
import { createReadPeer } from './check-peer.ts';
import type { ExtAuthzAssembly } from './ext-authz-assembly.ts';
import type { ExtAuthzDoor } from './ext-authz-door.ts';
import { handleCheck } from './handle-check.ts';

const SERVICE = 'envoy.service.auth.v3.Authorization';

export interface ExtAuthzServerOptions<F extends Facts = Facts> {
  /** Where the socket is made, in a directory of mode 0700 of this user's own. */
  readonly socketPath: string;
  readonly engine: 'http2' | 'grpc-js';
  /** Largest CheckRequest, bytes. */
  readonly maxMessageBytes: number;
  /** Whether the certificates that Envoy shows were verified by it. */
  readonly clientCertificates: 'ignored' | 'verified';
  /** The assembly of the last good configuration; asked anew for each question. */
  readonly current: () => ExtAuthzAssembly<F>;
  readonly clock: Clock;
  /** Hears what was thrown where nothing should throw. */
  readonly onError: (error: unknown) => void;
}

/** A door that listens on a Unix socket, and nowhere else. */
export interface ExtAuthzServerDoor {
  /** @throws when the socket cannot be had, or others could reach it. */
  listen(): Promise<void>;
  /** Says NOT_SERVING, answers what was asked within `withinMs`, and closes. */
  drain(withinMs: number): Promise<void>;
}

/** The ext_authz service (`envoy.service.auth.v3`) with health, not listening yet. */
export function createExtAuthzServer<F extends Facts>(options: ExtAuthzServerOptions<F>): ExtAuthzServerDoor {
  const { current, clock, onError } = options;
  const door: ExtAuthzDoor<F> = { current, clock, onError, readPeer: createReadPeer(options.clientCertificates) };
  const health = createHealth([SERVICE]);
  const server = engineOf(options)({
    address: { kind: 'socket', path: options.socketPath },
    methods: new Map([[`/${SERVICE}/Check`, (request, call) => handleCheck(door, request, call)], ...health.methods]),
    maxMessageBytes: options.maxMessageBytes,
    onError,
  });
  return {
    async listen() {
      await server.listen();
      health.setServing(true);
    },
    async drain(withinMs) {
      health.setServing(false);
      await server.drain(withinMs);
    },
  };
}

function engineOf({ engine }: Pick<ExtAuthzServerOptions, 'engine'>): (options: GrpcServerOptions) => GrpcServer {
  return engine === 'http2' ? createGrpcServer : createGrpcJsServer;
}
