import type { Facts } from '../../decision/facts.ts';
import { followConnections } from '../http/connections.ts';
import { createStrictServer, type StrictServerOptions } from '../http/strict-server.ts';
import { writeRaw } from '../http/write-raw.ts';
import { REASONS } from '../../call/reason.ts';
import type { AuthzenDoor } from './authzen-door.ts';
import { handleRequest } from './handle-request.ts';
import { errorReply } from './write-answer.ts';

export interface AuthzenServerOptions<F extends Facts = Facts>
  extends Omit<AuthzenDoor<F>, 'connections' | 'draining' | 'port' | 'authorities'> {
  readonly address: StrictServerOptions['address'];
  /** Connections that may be open at once; more are dropped. */
  readonly maxConnections: number;
  /** Longest time until a whole request is there, milliseconds. */
  readonly requestTimeoutMs: number;
}

/** A door on a Unix socket or a loopback port. */
export interface AuthzenServerDoor {
  /** @returns The port; `undefined` on a socket. @throws when the address cannot be had. */
  listen(): Promise<number | undefined>;
  /** Answers new requests 503, lets the others be answered within `withinMs`, and closes. */
  drain(withinMs: number): Promise<void>;
}

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/** A door that is not listening yet. */
export function createAuthzenServer<F extends Facts>(options: AuthzenServerOptions<F>): AuthzenServerDoor {
  const { address, maxConnections, requestTimeoutMs, ...shared } = options;
  const draining = new AbortController();
  let port: number | undefined;
  const { policyDecisionPoint } = shared;
  const own = policyDecisionPoint === undefined ? [] : [new URL(policyDecisionPoint).host];
  const door: AuthzenDoor<F> = {
    ...shared,
    connections: followConnections(),
    authorities: { hosts: new Set([...LOOPBACK, ...own]), origins: new Set() },
    port: () => port,
    draining: draining.signal,
  };
  const server = createStrictServer({
    address,
    clock: door.clock,
    maxConnections,
    requestTimeoutMs,
    headersTimeoutMs: requestTimeoutMs,
    serve: (request, response) => handleRequest(door, request, response),
    refuseRaw: (socket, reason) => writeRaw(socket, errorReply(400, REASONS[reason].says)),
  });
  return {
    async listen() {
      const bound = await server.listen();
      port = typeof bound === 'string' ? undefined : bound.port;
      return port;
    },
    async drain(withinMs) {
      draining.abort();
      await server.drain(withinMs, () => {});
    },
  };
}
